import { expect, test } from 'vitest';
import { serverId } from './identity.ts';
import type { ServerFacts } from './server-facts.ts';
import { uniqueNames } from './unique-names.ts';

function server(id: string, host: string, name?: string): ServerFacts {
  const address = { host, port: 3306 };
  const settings = { address, promotionRule: 'neutral', ...(name === undefined ? {} : { name }) } as const;
  return { id: serverId(id), address, aliases: [], settings, reachable: true };
}

const namesOf = (...servers: readonly ServerFacts[]): readonly string[] => [...uniqueNames(servers).values()];

test('a server has the name people gave it, else its address', () => {
  expect(namesOf(server('1', '10.0.0.1', 'db1'), server('2', '10.0.0.2'), server('3', '::1'))).toEqual([
    'db1',
    '10.0.0.2:3306',
    '[::1]:3306',
  ]);
});

test('those that share a name get their addresses beside it', () => {
  expect(
    namesOf(server('1', '10.0.0.1', 'db'), server('2', '10.0.0.2', 'db'), server('3', 'c', 'db3')),
  ).toEqual(['db (10.0.0.1:3306)', 'db (10.0.0.2:3306)', 'db3']);
});

test('those that share name and address get their ids too', () => {
  const names = namesOf(server('1', 'a', 'db'), server('2', 'a', 'db'), server('3', 'a'), server('4', 'a'));
  expect(names).toEqual(['db (a:3306, 1)', 'db (a:3306, 2)', '3 (a:3306)', '4 (a:3306)']);
});

test('a name made longer by a clash does not clash with another', () => {
  const names = namesOf(server('1', 'a', 'db'), server('2', 'b', 'db'), server('3', 'c', 'db (a:3306)'));
  expect(new Set(names).size).toBe(3);
});
