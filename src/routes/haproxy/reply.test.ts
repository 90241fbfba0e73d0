import { expect, test } from 'vitest';
import type { HaproxySettings } from '../../core/policy.ts';
import { readRoute } from './reading.ts';
import { parseReply } from './reply.ts';

const settings: HaproxySettings = {
  name: 'orders-rw',
  kind: 'haproxy',
  socket: '/run/haproxy.sock',
  backend: 'orders',
  server: 'primary',
  frontend: 'orders',
};

const info = 'Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nMaxconn: 500\nnode: db: one\nBuild info: 2.6.12\n';
const statistics =
  '# pxname,svname,qcur,slim,\norders,FRONTEND,,77,\norders,primary,0,,\nother,primary,0,3,\n';
const state = (row: string): string =>
  `1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port\n${row}\n`;
const running = '4 orders 1 primary 127.0.0.11 2 0 1 3306';

test('a frontend and a backend of the same name are told apart', () => {
  const reading = readRoute(parseReply(`${info}\n${statistics}\n${state(running)}\n`), settings);
  expect(reading).toEqual({
    version: '2.6.12-1+deb12u4',
    processLimit: 500,
    slot: { address: { host: '127.0.0.11', port: 3306 }, inUse: true },
    frontendLimit: 77,
    slotLimit: 0,
  });
});

test.each([
  ['stopped', '4 orders 1 primary 127.0.0.11 0 0 1 3306'],
  ['stopping', '4 orders 1 primary 127.0.0.11 3 0 1 3306'],
  ['in maintenance', '4 orders 1 primary 127.0.0.11 2 1 1 3306'],
  ['in maintenance for want of an address', '4 orders 1 primary 127.0.0.11 2 32 1 3306'],
  ['drained', '4 orders 1 primary 127.0.0.11 2 8 1 3306'],
  ['without weight', '4 orders 1 primary 127.0.0.11 2 0 0 3306'],
])('a slot that is %s is not in use', (_, row) => {
  const reading = readRoute(parseReply(`${info}\n${statistics}\n${state(row)}\n`), settings);
  expect(reading?.slot.inUse).toBe(false);
});

test('a slot of another backend is not taken for it', () => {
  const text = `${info}\n${statistics}\n${state('5 other 1 primary 127.0.0.12 2 0 1 3306')}\n`;
  expect(readRoute(parseReply(text), settings)).toBeUndefined();
});

test('what HAProxy says around its tables is kept, also where it leaves out the empty line', () => {
  const text = `No such server.\n\nmaxconn string empty or preceded by garbage\n${state(running)}\nPermission denied\n\n`;
  const reply = parseReply(text);
  expect(reply.servers).toHaveLength(1);
  expect(reply.words).toEqual([
    'No such server.',
    'maxconn string empty or preceded by garbage',
    'Permission denied',
  ]);
});
