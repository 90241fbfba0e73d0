/** Bytes of answers, compared with those of a real Sentinel 7.0.15 where it has the same command. */
import { beforeEach, expect, test, vi } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { systemClock } from '../../control/system-clock.ts';
import type { Client } from './command-row.ts';
import { runCommand } from './commands.ts';
import { encodeReply, type Protocol } from './resp-writer.ts';
import { SampleView, sampleInstance, samplePrimary, sampleReplica } from './sample-view.ts';
import { Subscriptions } from './subscriptions.ts';

const now = 1_780_272_000_000;
const db1 = { host: '10.0.0.1', port: 6379 };
const db2 = { host: '10.0.0.2', port: 6380 };
const runId1 = sampleInstance(db1).runId;
const note = () => vi.fn<(fields: object, event: string) => void>();
const log = { debug: note(), info: note(), warn: note(), error: note() };
let view: SampleView;
let client: Client;

beforeEach(() => {
  view = new SampleView([samplePrimary('orders', [db1, db2])]);
  client = clientOf({});
});

function clientOf(changes: Partial<Client['face']>, user: string | undefined = 'default'): Client {
  const made: Client = {
    ...{ id: 7, from: '127.0.0.1:50000', at: '127.0.0.1:26379', since: now - 3500 },
    ...{ protocol: 2, name: '', library: '', user },
    signal: new AbortController().signal,
    subscriptions: new Subscriptions(),
    face: {
      ...{ view, log, port: 26379, startedAt: now - 60_000, lookupHoldMs: 5000, failoverAnswerMs: 5000 },
      clock: { ...systemClock, now: () => now },
      clients: () => [made],
      ...changes,
    },
  };
  return made;
}

async function ask(text: string, protocol?: Protocol): Promise<string> {
  if (protocol !== undefined) client.protocol = protocol;
  const { replies } = await runCommand(client, text.split(' '));
  return replies.map((reply) => encodeReply(reply, client.protocol)).join('');
}

const bulks = (...items: readonly string[]): string =>
  items.map((item) => `$${Buffer.byteLength(item)}\r\n${item}\r\n`).join('');

const sameInBoth: readonly (readonly [string, string])[] = [
  ['PING', '+PONG\r\n'],
  ['ping x', '$1\r\nx\r\n'],
  ['PING x y', "-ERR wrong number of arguments for 'ping' command\r\n"],
  ['FOO bar baz', "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' \r\n"],
  ['GET x', "-ERR unknown command 'GET', with args beginning with: 'x' \r\n"],
  ['SENTINEL', "-ERR wrong number of arguments for 'sentinel' command\r\n"],
  ['SENTINEL FOO', "-ERR unknown subcommand 'FOO'. Try SENTINEL HELP.\r\n"],
  ['SENTINEL MASTER', "-ERR wrong number of arguments for 'sentinel|master' command\r\n"],
  ['SENTINEL MASTER x', '-ERR No such master with that name\r\n'],
  ['SENTINEL SENTINELS x', '-ERR No such master with that name\r\n'],
  ['SENTINEL CKQUORUM x', '-ERR No such master with that name\r\n'],
  ['SENTINEL FAILOVER x', '-ERR No such master with that name\r\n'],
  ['sentinel get-master-addr-by-name orders', `*2\r\n${bulks('10.0.0.1', '6379')}`],
  [
    'SENTINEL CKQUORUM orders',
    '+OK 1 usable Sentinels. Quorum and failover authorization can be reached\r\n',
  ],
  ['SENTINEL SENTINELS orders', '*0\r\n'],
  ['SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 0 *', '*3\r\n:0\r\n$1\r\n*\r\n:0\r\n'],
  ['SENTINEL IS-MASTER-DOWN-BY-ADDR 1 x 0 *', '-ERR value is not an integer or out of range\r\n'],
  ['SENTINEL PENDING-SCRIPTS', '*0\r\n'],
  ['SENTINEL INFO-CACHE x', '*0\r\n'],
  ['SENTINEL SIMULATE-FAILURE HELP', `*2\r\n${bulks('crash-after-election', 'crash-after-promotion')}`],
  ['SENTINEL SIMULATE-FAILURE foo', '-ERR Unknown failure simulation specified\r\n'],
  ['SENTINEL CONFIG FOO', '-ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported.\r\n'],
  ['SENTINEL CONFIG', "-ERR wrong number of arguments for 'sentinel|config' command\r\n"],
  ['SENTINEL MYID a', "-ERR wrong number of arguments for 'sentinel|myid' command\r\n"],
  ['ROLE', `*2\r\n${bulks('sentinel')}*1\r\n${bulks('orders')}`],
  ['ROLE x', "-ERR wrong number of arguments for 'role' command\r\n"],
  ['PUBLISH a b', '-ERR Only HELLO messages are accepted by Sentinel instances.\r\n'],
  ['PUBLISH __sentinel__:hello b', ':1\r\n'],
  ['CLIENT', "-ERR wrong number of arguments for 'client' command\r\n"],
  ['CLIENT FOO', "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n"],
  ['CLIENT MAINT_NOTIFICATIONS ON', "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n"],
  ['CLIENT SETINFO lib-name ioredis', '+OK\r\n'],
  ['CLIENT SETINFO foo ioredis', "-ERR Unrecognized option 'foo'\r\n"],
  ['CLIENT SETNAME a\tb', '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
  ['CLIENT NO-EVICT on', '+OK\r\n'],
  ['CLIENT ID', ':7\r\n'],
  ['AUTH default x', '+OK\r\n'],
  ['AUTH a x', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
  ['AUTH a b c', '-ERR syntax error\r\n'],
  [
    'AUTH x',
    '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n',
  ],
  ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
  ['HELLO x', '-ERR Protocol version is not an integer or out of range\r\n'],
  ['HELLO 3 FOO', "-ERR Syntax error in HELLO option 'FOO'\r\n"],
  ['HELLO 3 SETNAME', "-ERR Syntax error in HELLO option 'SETNAME'\r\n"],
  ['HELLO 3 AUTH a b', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
  ['INFO nothing', '$0\r\n\r\n'],
  ['COMMAND FOO', "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.\r\n"],
  ['SUBSCRIBE', "-ERR wrong number of arguments for 'subscribe' command\r\n"],
  ['QUIT', '+OK\r\n'],
  ['POST / HTTP/1.1', ''],
];

test.each(sameInBoth)('%s', async (text, reply) => {
  expect(await ask(text, 2)).toBe(reply);
  expect(await ask(text, 3)).toBe(reply);
});

const different: readonly (readonly [string, string, string])[] = [
  ['SENTINEL get-master-addr-by-name x', '*-1\r\n', '_\r\n'],
  ['CLIENT GETNAME', '$-1\r\n', '_\r\n'],
  [
    'SENTINEL CONFIG GET announce-ip',
    `*2\r\n${bulks('announce-ip', '')}`,
    `%1\r\n${bulks('announce-ip', '')}`,
  ],
  ['SENTINEL CONFIG GET nope', '*0\r\n', '%0\r\n'],
  ['COMMAND INFO nope', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
  ['SENTINEL INFO-CACHE orders', infoCache('$-1\r\n'), infoCache('_\r\n')],
];

function infoCache(none: string): string {
  return `*2\r\n${bulks('orders')}*2\r\n${`*2\r\n:0\r\n${none}`.repeat(2)}`;
}

test.each(different)('%s, which RESP3 writes in another way', async (text, resp2, resp3) => {
  expect(await ask(text, 2)).toBe(resp2);
  expect(await ask(text, 3)).toBe(resp3);
});

const hello = (proto: number): string =>
  `${bulks('server', 'redis', 'version', '7.2.4', 'proto')}:${proto}\r\n${bulks('id')}:7\r\n${bulks('mode', 'sentinel', 'modules')}*0\r\n`;

test('HELLO answers in the version that it chooses', async () => {
  expect(await ask('HELLO')).toBe(`*12\r\n${hello(2)}`);
  expect(await ask('HELLO 3 SETNAME app')).toBe(`%6\r\n${hello(3)}`);
  expect(client).toMatchObject({ protocol: 3, name: 'app' });
  expect(await ask('HELLO')).toBe(`%6\r\n${hello(3)}`);
  expect(await ask('HELLO 2')).toBe(`*12\r\n${hello(2)}`);
});

/** In the order of a real Sentinel. */
function primaryOf(flags: string, more: readonly string[] = []): string {
  return bulks(
    ...['name', 'orders', 'ip', '10.0.0.1', 'port', '6379', 'runid', runId1, 'flags', flags],
    ...['link-pending-commands', '0', 'link-refcount', '1'],
    ...more,
    ...['last-ping-sent', '0', 'last-ok-ping-reply', '0', 'last-ping-reply', '0'],
    ...['down-after-milliseconds', '1000', 'info-refresh', '0', 'role-reported', 'master'],
    ...['role-reported-time', '0', 'config-epoch', '0', 'num-slaves', '1', 'num-other-sentinels', '0'],
    ...['quorum', '1', 'failover-timeout', '180000', 'parallel-syncs', '1'],
  );
}

test('SENTINEL MASTER and MASTERS', async () => {
  expect(await ask('SENTINEL MASTER orders', 2)).toBe(`*40\r\n${primaryOf('master')}`);
  expect(await ask('SENTINEL MASTER orders', 3)).toBe(`%20\r\n${primaryOf('master')}`);
  expect(await ask('SENTINEL MASTERS', 3)).toBe(`*1\r\n%20\r\n${primaryOf('master')}`);
});

test.each(['REPLICAS', 'SLAVES'])('SENTINEL %s', async (word) => {
  const since = now - 2000;
  const down = { since, how: 'subjectively' as const };
  const replica = sampleReplica(db2, db1, { offset: 815, linked: false, down, answeredAt: now - 2500 });
  view.set(samplePrimary('orders', [db1], { replicas: [replica] }));
  const expected = bulks(
    ...['name', '10.0.0.2:6380', 'ip', '10.0.0.2', 'port', '6380', 'runid', replica.runId],
    ...['flags', 'slave,s_down,disconnected', 'link-pending-commands', '0', 'link-refcount', '1'],
    ...['last-ping-sent', '2000', 'last-ok-ping-reply', '2500', 'last-ping-reply', '2500'],
    ...['s-down-time', '2000', 'down-after-milliseconds', '1000', 'info-refresh', '2500'],
    ...['role-reported', 'slave', 'role-reported-time', '2500', 'master-link-down-time', '0'],
    ...['master-link-status', 'err', 'master-host', '10.0.0.1', 'master-port', '6379'],
    ...['slave-priority', '100', 'slave-repl-offset', '815', 'replica-announced', '1'],
  );
  expect(await ask(`SENTINEL ${word} orders`, 2)).toBe(`*1\r\n*44\r\n${expected}`);
  expect(await ask(`SENTINEL ${word} orders`, 3)).toBe(`*1\r\n%22\r\n${expected}`);
});

test('SENTINEL SENTINELS lists the other controllers, and they count', async () => {
  view.setPeers(
    { address: { host: '10.0.1.2', port: 26379 }, runId: 'b', down: false },
    { address: { host: '10.0.1.3', port: 26379 }, runId: 'c', down: true },
  );
  const reply = await ask('SENTINEL SENTINELS orders', 3);
  expect(reply).toMatch(/^\*2\r\n%14\r\n/);
  expect(reply).toContain(
    bulks('name', 'b', 'ip', '10.0.1.2', 'port', '26379', 'runid', 'b', 'flags', 'sentinel'),
  );
  expect(reply).toContain(bulks('flags', 'sentinel,s_down'));
  expect(await ask('SENTINEL MASTER orders')).toContain(bulks('num-other-sentinels', '2'));
  expect(await ask('SENTINEL CKQUORUM orders')).toMatch(/^\+OK 2 usable Sentinels\./);
});

test('SENTINEL CKQUORUM says what is missing', async () => {
  const peer = { address: db2, runId: 'b', down: true };
  view.setPeers(peer, peer);
  view.set(samplePrimary('orders', [db1], { quorum: 2 }));
  expect(await ask('SENTINEL CKQUORUM orders')).toBe(
    '-NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master. Not enough available Sentinels to reach the majority and authorize a failover\r\n',
  );
});

test('where no server takes the writes there is no address, and the primary is flagged as down', async () => {
  const { primary: _none, ...without } = samplePrimary('orders', [db1, db2]);
  view.set(without);
  expect(await ask('SENTINEL get-master-addr-by-name orders')).toBe('*-1\r\n');
  expect(await ask('SENTINEL MASTER orders')).toContain(bulks('flags', 'master,s_down,o_down'));
  expect(await ask('INFO sentinel')).toContain('master0:name=orders,status=odown,address=10.0.0.1:6379,');
});

const anInstant = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

test.each([
  ['SENTINEL get-master-addr-by-name orders', bulks('10.0.0.2', '6380')],
  ['SENTINEL MASTER orders', bulks('ip', '10.0.0.2', 'port', '6380')],
])('%s waits for the end of a hand-over', async (text, expected) => {
  view.set(samplePrimary('orders', [db1, db2], { handingOver: true }));
  let reply = '';
  const asked = ask(text).then((answer) => {
    reply = answer;
  });
  await anInstant();
  expect(reply).toBe('');
  view.set(samplePrimary('orders', [db2, db1]));
  await asked;
  expect(reply).toContain(expected);
  expect(view.listeners).toBe(0);
});

test('it does not wait for longer than it may, nor for a primary that has been dead for long', async () => {
  client = clientOf({ lookupHoldMs: 20 });
  view.set(samplePrimary('orders', [db1, db2], { handingOver: true }));
  expect(await ask('SENTINEL MASTER orders', 3)).toBe(
    `%21\r\n${primaryOf('master,failover_in_progress', ['failover-state', 'reconf_slaves'])}`,
  );
  client = clientOf({});
  const down = { since: now - 5000, how: 'objectively' as const };
  view.set(samplePrimary('orders', [db1, db2], { primary: sampleInstance(db1, { down }) }));
  expect(await ask('SENTINEL MASTER orders')).toContain(bulks('flags', 'master,s_down,o_down,disconnected'));
});

test('SENTINEL FAILOVER asks the controller', async () => {
  expect(await ask('SENTINEL FAILOVER orders')).toBe('+OK\r\n');
  expect(view.asked).toEqual(['orders']);
});

const refused = (code: 'operation-running' | 'no-candidate' | 'no-survivor' | 'in-maintenance') => ({
  ...{ ok: false as const },
  refusals: [{ code, fact: 'orders is in maintenance', needs: 'its end' }],
});

test.each([
  ['operation-running', '-INPROG Failover already in progress\r\n'],
  ['no-candidate', '-NOGOODSLAVE No suitable replica to promote\r\n'],
  ['no-survivor', '-NOGOODSLAVE No suitable replica to promote\r\n'],
  ['in-maintenance', '-ERR orders is in maintenance; needs its end\r\n'],
] as const)('SENTINEL FAILOVER is refused: %s', async (code, reply) => {
  view.answer = async () => refused(code);
  expect(await ask('SENTINEL FAILOVER orders')).toBe(reply);
});

test('a fault becomes an error, and a defect is logged', async () => {
  view.answer = () => Promise.reject(new Fault('store-unavailable', 'the disk is full'));
  expect(await ask('SENTINEL FAILOVER orders')).toBe('-ERR the disk is full\r\n');
  expect(log.error).not.toHaveBeenCalled();
  view.answer = () => Promise.reject(new TypeError('x is undefined'));
  expect(await ask('SENTINEL FAILOVER orders')).toBe('-ERR x is undefined\r\n');
  expect(log.error).toHaveBeenCalledOnce();
});

test.each([
  'MONITOR a 1 2 3',
  'REMOVE a',
  'RESET *',
  'SET a b c',
  'FLUSHCONFIG',
  'CONFIG SET a b',
  'DEBUG a 1',
])('SENTINEL %s: the configuration is Dauphin’s', async (text) => {
  expect(await ask(`SENTINEL ${text}`)).toMatch(
    /^-ERR SENTINEL [A-Z ]+ changes nothing here: .* configuration file of the controller/,
  );
});

test('subscriptions are answered one by one, in RESP3 out of band', async () => {
  const subscribed = (mark: string): string =>
    `${mark}3\r\n${bulks('subscribe', 'a')}:1\r\n${mark}3\r\n${bulks('subscribe', 'b')}:2\r\n`;
  expect(await ask('SUBSCRIBE a b')).toBe(subscribed('*'));
  expect(await ask('PSUBSCRIBE x*')).toBe(`*3\r\n${bulks('psubscribe', 'x*')}:3\r\n`);
  expect(await ask('PING')).toBe(`*2\r\n${bulks('pong', '')}`);
  expect(await ask('PING a')).toBe(`*2\r\n${bulks('pong', 'a')}`);
  expect(await ask('SENTINEL MASTERS')).toBe(
    "-ERR Can't execute 'sentinel|masters': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n",
  );
  expect(await ask('UNSUBSCRIBE')).toBe(
    `*3\r\n${bulks('unsubscribe', 'a')}:2\r\n*3\r\n${bulks('unsubscribe', 'b')}:1\r\n`,
  );
  expect(await ask('PUNSUBSCRIBE zz')).toBe(`*3\r\n${bulks('punsubscribe', 'zz')}:1\r\n`);
  expect(await ask('PUNSUBSCRIBE')).toBe(`*3\r\n${bulks('punsubscribe', 'x*')}:0\r\n`);
  expect(await ask('PUNSUBSCRIBE')).toBe(`*3\r\n${bulks('punsubscribe')}$-1\r\n:0\r\n`);
  expect(await ask('SUBSCRIBE a b', 3)).toBe(subscribed('>'));
  expect(await ask('PING')).toBe('+PONG\r\n');
  expect(await ask('SENTINEL PENDING-SCRIPTS')).toBe('*0\r\n');
  expect(await ask('RESET')).toBe('+RESET\r\n');
  expect(client).toMatchObject({ protocol: 2, user: 'default' });
  expect(client.subscriptions.count).toBe(0);
});

test('one connection has no more than a thousand subscriptions', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `c${index}`).join(' ');
  await ask(`SUBSCRIBE ${names}`);
  expect(await ask('PSUBSCRIBE *')).toBe('-ERR too many subscriptions on one connection\r\n');
});

test('messages go to channels and to patterns', () => {
  client.subscriptions.add('channel', ['+slave']);
  client.subscriptions.add('pattern', ['+s*', '-*']);
  const replies = client.subscriptions.deliveries({ channel: '+slave', payload: 'x' });
  const written = replies.map((reply) => encodeReply(reply, 3));
  expect(written).toEqual([
    `>3\r\n${bulks('message', '+slave', 'x')}`,
    `>4\r\n${bulks('pmessage', '+s*', '+slave', 'x')}`,
  ]);
});

const account = { user: 'default', password: 'geheim-ß' };

test('who has not said the password is told nothing', async () => {
  client = clientOf({ account }, undefined);
  client.user = undefined;
  expect(await ask('SENTINEL MASTERS')).toBe('-NOAUTH Authentication required.\r\n');
  expect(await ask('PING')).toBe('-NOAUTH Authentication required.\r\n');
  expect(await ask('SUBSCRIBE a')).toBe('-NOAUTH Authentication required.\r\n');
  expect(await ask('HELLO 3')).toMatch(/^-NOAUTH HELLO must be called with the client already authenticated/);
  expect(await ask('AUTH wrong')).toMatch(/^-WRONGPASS /);
  expect(await ask('HELLO 3 AUTH default wrong')).toMatch(/^-WRONGPASS /);
  expect(await ask('AUTH other geheim-ß')).toMatch(/^-WRONGPASS /);
  expect(client.user).toBeUndefined();
  expect(await ask('HELLO 3 AUTH default geheim-ß SETNAME app')).toMatch(/^%6\r\n/);
  expect(await ask('PING')).toBe('+PONG\r\n');
  await ask('RESET');
  expect(await ask('PING')).toBe('-NOAUTH Authentication required.\r\n');
  expect(await ask('AUTH geheim-ß')).toBe('+OK\r\n');
});

test('an account with a name needs the name', async () => {
  client = clientOf({ account: { user: 'app', password: 'p' } });
  client.user = undefined;
  expect(await ask('AUTH p')).toMatch(/^-WRONGPASS /);
  expect(await ask('AUTH app p')).toBe('+OK\r\n');
});

test('INFO and CLIENT show what is there', async () => {
  client.name = 'app';
  const info = await ask('INFO');
  expect(info).toContain('redis_mode:sentinel\r\n');
  expect(info).toContain('uptime_in_seconds:60\r\n');
  expect(info).toContain('connected_clients:1\r\n');
  expect(info).toContain('master0:name=orders,status=ok,address=10.0.0.1:6379,slaves=1,sentinels=1\r\n');
  expect(await ask('INFO clients')).toBe('$32\r\n# Clients\r\nconnected_clients:1\r\n\r\n');
  expect(await ask('CLIENT LIST')).toContain(
    'id=7 addr=127.0.0.1:50000 laddr=127.0.0.1:26379 name=app age=3 ',
  );
});

test('COMMAND lists every command once', async () => {
  const count = Number((await ask('COMMAND COUNT')).slice(1));
  expect((await ask('COMMAND')).startsWith(`*${count}\r\n`)).toBe(true);
  const list = await ask('COMMAND LIST');
  for (const name of ['ping', 'sentinel', 'client', 'command', 'subscribe'])
    expect(list).toContain(bulks(name));
  expect(await ask('COMMAND INFO ping')).toMatch(/^\*1\r\n\*10\r\n\$4\r\nping\r\n:-1\r\n/);
});
