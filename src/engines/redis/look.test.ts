import { describe, expect, test } from 'vitest';
import { parseInfo } from '../resp/info.ts';
import type { Reply } from '../resp/resp-connection.ts';
import { type LookedAt, lookCommands, readLook, readSettings } from './look.ts';
import { placeOf, replicasOf, sourceOf } from './replication-info.ts';
import { type SampleInfos, sampleInfos } from './sample-infos.ts';

/** Typed, as the matchers are not. */
const anyPort: unknown = expect.any(Number);
const anyName: unknown = expect.stringMatching(/^[0-9a-f]{40}$/);

const remote = { host: '10.0.0.1', port: 6379 };

interface Traits {
  readonly role?: Reply;
  readonly persistence?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A look as the server would have answered it, with these settings. */
function look({ server, replication }: SampleInfos, traits: Traits = {}): LookedAt {
  const replies = lookCommands.map(([name, ...args]): Reply => {
    if (name === 'ROLE') return traits.role ?? ['slave', '127.0.0.12', 1, 'connected', 1];
    if (name === 'CONFIG') {
      const setting = String(args[1]);
      const value = traits.settings?.[setting];
      return value === undefined ? [] : [setting, value];
    }
    if (args[0] === 'server') return server.replaceAll('\n', '\r\n');
    if (args[0] === 'replication') return replication.replaceAll('\n', '\r\n');
    return traits.persistence ?? '# Persistence\r\nloading:0\r\n';
  });
  return readLook(replies, remote);
}

const sample = sampleInfos[0] ?? {
  version: '',
  primary: { server: '', replication: '' },
  replica: { server: '', replication: '' },
};

describe.each(sampleInfos.map((each) => [each.version, each] as const))(
  '%s',
  (version, { primary, replica }) => {
    test('a primary', () => {
      const seen = look(primary, { role: ['master', 141, []] });
      expect(seen).toMatchObject({ server: 'redis-10.0.0.1:6379', writeMode: 'writable', channels: [] });
      const [product, series] = version.split(' ');
      expect(`${seen.version.major}.${seen.version.minor}`).toBe(series);
      expect(seen.version.product).toBe(product === 'valkey' ? 'Valkey' : undefined);
      expect(seen.uuid).toMatch(/^[0-9a-f]{40}$/);
      expect(seen.downstream).toEqual([{ host: '127.0.0.11', port: anyPort }]);
      expect(seen.promotionPriority).toBeUndefined();
    });

    test('its replica', () => {
      const seen = look(replica);
      expect(seen.writeMode).toBe('read-only');
      expect(seen.channels).toMatchObject([
        { source: { host: '127.0.0.12', port: anyPort }, receiver: 'running', applier: 'running' },
      ]);
      expect(seen.downstream).toEqual([]);
      expect(seen.promotionPriority).toBe(100);
    });

    test('both are at the same place of the same stream, and know its former name', () => {
      const [own, theirs] = [
        placeOf(parseInfo(primary.replication)),
        placeOf(parseInfo(replica.replication)),
      ];
      expect(own).toEqual(theirs);
      const told = /second_repl_offset:(\d+)/.exec(primary.replication)?.[1];
      expect(own.former).toEqual({ id: anyName, bytes: Number(told) - 1 });
    });
  },
);

describe('the link of a replica', () => {
  const channel = (state: string) => look(sample.replica, { role: ['slave', 'h', 1, state, -1] }).channels[0];

  test.each([
    ['connected', 'running', undefined],
    ['connecting', 'connecting', undefined],
    ['handshake', 'connecting', undefined],
    ['connect', 'connecting', 'of-the-way'],
    ['sync', 'connecting', 'source-answers'],
  ])('%s', (state, receiver, meaning) => {
    expect(channel(state)?.receiver).toBe(receiver);
    expect(channel(state)?.receiverError?.meaning).toBe(meaning);
  });

  test('that loads a copy applies nothing', () => {
    expect(look(sample.replica, { persistence: 'loading:1' }).channels[0]?.applier).toBe('stopped');
  });
});

describe('settings', () => {
  test('a primary that demands replicas nobody has is read-only; one that demands two is not', () => {
    const mode = (demand: string) =>
      look(sample.primary, { settings: { 'min-replicas-to-write': demand } }).writeMode;
    expect(mode('1000000')).toBe('read-only');
    expect(mode('1000002')).toBe('read-only');
    expect(mode('2')).toBe('writable');
  });

  test('a replica that takes writes is writable', () => {
    const open = {
      ...sample.replica,
      replication: sample.replica.replication.replace('slave_read_only:1', 'slave_read_only:0'),
    };
    expect(look(open).writeMode).toBe('writable');
  });

  test('one that announces itself has that address, in whole or in part', () => {
    const named = (settings: Traits['settings'] = {}) => look(sample.primary, { settings }).announced;
    expect(named()).toBeUndefined();
    expect(named({ 'replica-announce-ip': 'db1', 'replica-announce-port': '0' })).toEqual({
      host: 'db1',
      port: 6379,
    });
    expect(named({ 'replica-announce-ip': '', 'replica-announce-port': '7000' })).toEqual({
      host: '10.0.0.1',
      port: 7000,
    });
  });

  test('only an append-only file that is flushed every time survives its host', () => {
    const commits = (settings: Traits['settings']) =>
      look(sample.primary, { settings: settings ?? {} }).commits;
    expect(commits({ appendonly: 'yes', appendfsync: 'always' })).toEqual({
      durable: true,
      text: 'appendfsync=always',
    });
    expect(commits({ appendonly: 'yes', appendfsync: 'everysec' })?.durable).toBe(false);
    expect(commits({ appendonly: 'no', appendfsync: 'always' })).toEqual({
      durable: false,
      text: 'appendonly=no',
    });
  });

  test('are read in pairs; one that a server does not know is not there', () => {
    expect([...readSettings([['a', '1'], [], null, ['b', '']])]).toEqual([
      ['a', '1'],
      ['b', ''],
    ]);
  });
});

test('a stream that never had another name has no former one', () => {
  const info = parseInfo(
    `role:master\nmaster_replid:${'a'.repeat(40)}\nmaster_replid2:${'0'.repeat(40)}\nmaster_repl_offset:7\nsecond_repl_offset:-1`,
  );
  expect(placeOf(info)).toEqual({ id: 'a'.repeat(40), bytes: 7 });
  expect(sourceOf(info)).toBeUndefined();
});

test('a replica on its way in is found by the address that it tells', () => {
  const info = parseInfo(
    'role:master\nslave0:ip=db2,port=6380,state=wait_bgsave,offset=0,lag=0\nslave1:ip=,port=0,state=x',
  );
  expect(replicasOf(info)).toEqual([{ host: 'db2', port: 6380 }]);
});
