import { expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { parseConfiguration } from './parse-configuration.ts';
import type { Surroundings } from './secrets.ts';

const surroundings: Surroundings = {
  environment: { WEST_TOKEN: 'west-secret' },
  folder: '/etc/dauphin',
  readText: (path) => {
    if (path === '/etc/dauphin/south.token') return 'south-secret\n';
    throw new Error('ENOENT: no such file');
  },
};

const peersOf = (text: string) => parseConfiguration(text, 'dauphin.yaml', surroundings).peers;

function problemsIn(text: string): readonly string[] {
  try {
    peersOf(text);
    return [];
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'config-invalid') return thrown.message.split('\n');
    throw thrown;
  }
}

test('peers have a name, where their API is, and its token', () => {
  const text = `
peers:
  - {name: west, url: "http://10.0.1.5:7432/", token: "\${WEST_TOKEN}"}
  - {name: south, url: "https://dauphin.example.com/south", tokenFile: south.token}
`;
  expect(peersOf(text)).toEqual([
    { name: 'west', url: 'http://10.0.1.5:7432', token: 'west-secret' },
    { name: 'south', url: 'https://dauphin.example.com/south', token: 'south-secret' },
  ]);
});

test('without any there are none', () => {
  expect(peersOf('')).toEqual([]);
});

const peer = (more: string, name = 'west'): string => `  - {name: ${name}, ${more}}`;

test.each([
  [
    peer('url: "http://a:1"'),
    ['dauphin.yaml:2: peers[0]: needs the token of its API, as token or tokenFile'],
  ],
  [
    peer('url: "http://a:1", token: a, tokenFile: south.token'),
    ['dauphin.yaml:2: peers[0]: token and tokenFile are both given; one is meant'],
  ],
  [
    peer('url: "http://a:1", token: ""'),
    ['dauphin.yaml:2: peers[0]: the token is empty, or holds what no token does'],
  ],
  [
    peer('url: "10.0.1.5:7432", token: a'),
    ['dauphin.yaml:2: peers[0].url: must be a URL such as http://10.0.1.5:7432, without a user or a query'],
  ],
  [
    peer('url: "http://u:secret@a:1", token: a'),
    ['dauphin.yaml:2: peers[0].url: must be a URL such as http://10.0.1.5:7432, without a user or a query'],
  ],
  [
    `${peer('url: "http://a:1", token: a')}\n${peer('url: "http://b:1", token: a')}`,
    ['dauphin.yaml:3: peers[1].name: west is already taken by peers[0].name'],
  ],
  [
    `${peer('url: "http://a:1", token: a')}\n${peer('url: "http://A:1/", token: b', 'south')}`,
    ['dauphin.yaml:3: peers[1].url: http://a:1 is already taken by peers[0].url'],
  ],
])('%s is refused', (text, problems) => {
  expect(problemsIn(`peers:\n${text}`)).toEqual(problems);
});
