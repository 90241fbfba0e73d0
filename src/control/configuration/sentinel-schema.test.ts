import { expect, test } from 'vitest';
import { sentinelSchema } from './sentinel-schema.ts';

const schema = sentinelSchema({
  environment: {},
  folder: '/etc/dauphin',
  readText: (path) => `content of ${path}\nand more`,
});

test('what is not said', () => {
  expect(schema.parse({})).toEqual({
    ...{ host: '127.0.0.1', port: 26379, others: [], maxClients: 10_000, lookupHoldMs: 1000 },
  });
});

test('an account, certificates and other controllers', () => {
  const tls = { certificateFile: 'c', keyFile: 'k', clientCaFile: 'ca' };
  expect(schema.parse({ user: 'app', passwordFile: 'p', tls, others: ['10.0.0.2'] })).toMatchObject({
    account: { user: 'app', password: 'content of /etc/dauphin/p' },
    tls: {
      certificate: 'content of /etc/dauphin/c\nand more',
      key: 'content of /etc/dauphin/k\nand more',
      clientAuthorities: 'content of /etc/dauphin/ca\nand more',
    },
    others: [{ host: '10.0.0.2', port: 26379 }],
  });
  expect(schema.parse({ password: 'p' })).toMatchObject({ account: { user: 'default', password: 'p' } });
});

test.each([
  [{ password: 'a', passwordFile: 'b' }, 'one is meant'],
  [{ password: '' }, 'the password is empty'],
  [{ user: 'app' }, 'a user needs a password'],
  [{ tls: { keyFile: 'k' } }, 'certificateFile'],
  [{ listen: 1 }, 'listen'],
  [{ port: 70_000 }, '65535'],
])('%o is refused', (text, why) => {
  const { success, error } = schema.safeParse(text);
  expect(success).toBe(false);
  expect(JSON.stringify(error?.issues)).toContain(why);
});
