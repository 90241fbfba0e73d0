import { describe, expect, it } from 'vitest';
import type { ReceiverError, ReplicationChannel } from '../observation.ts';
import { connectError, sourceError } from '../testing/receiver-errors.ts';
import { agentSays, type ReceiverHistory, renewingSays, replicaSays } from './testify.ts';

const channel = (
  receiver: ReplicationChannel['receiver'],
  receiverError?: ReceiverError,
): ReplicationChannel => ({
  name: '',
  source: { host: 'db1', port: 3306 },
  receiver,
  applier: 'running',
  lagSeconds: 0,
  delaySeconds: 0,
  usesGtid: true,
  tls: { enabled: false, verifyServer: false },
  filters: [],
  ...(receiverError === undefined ? {} : { receiverError }),
});

const untried: ReceiverHistory = { tried: false, renewed: false, tryingMs: 0 };
const tried = (tryingMs = 0): ReceiverHistory => ({ tried: true, renewed: false, tryingMs });
const spared = (unfedMs: number): ReceiverHistory => ({ ...untried, spared: { unfedMs } });
const renewed: ReceiverHistory = { tried: true, renewed: true, tryingMs: 0 };

const refused = connectError(2003, "Can't connect to server on '127.0.0.11' (111)", 'refused');
const lost = connectError(2013, 'Lost connection to server during query');
const denied = connectError(1045, "Access denied for user 'repl'", 'source-answers');
const purged = sourceError(1236, 'Got fatal error 1236 from source');

describe('a replica', () => {
  it.each<[string, ReplicationChannel | undefined, ReceiverHistory, string]>([
    ['runs and has not tried since', channel('running'), untried, 'not yet'],
    ['connected anew', channel('running'), tried(), 'serves'],
    ['was refused just now', channel('connecting', refused), tried(), 'gone'],
    ['was refused who knows when', channel('connecting', refused), untried, 'not yet'],
    ['lost its connection', channel('connecting', lost), tried(), 'silent'],
    ['was made to connect, and is denied', channel('connecting', denied), renewed, 'serves'],
    ['was denied lately', channel('connecting', denied), tried(), 'not yet'],
    ['was denied who knows when', channel('connecting', denied), untried, 'not yet'],
    ['gave up when it was denied', channel('stopped', denied), tried(), 'cannot-tell'],
    ['has another error', channel('connecting', purged), tried(), 'cannot-tell'],
    ['has waited for long', channel('connecting'), tried(300), 'silent'],
    ['has waited for a moment', channel('connecting'), tried(299), 'not yet'],
    ['was waiting before', channel('connecting'), untried, 'not yet'],
    ['was stopped by hand', channel('stopped'), tried(), 'cannot-tell'],
    ['gave up just now', channel('stopped', refused), tried(), 'gone'],
    ['gave up long ago', channel('stopped', refused), untried, 'cannot-tell'],
    ['must not try, and may be fed', channel('running'), spared(299), 'not yet'],
    ['must not try, and is not fed', channel('running'), spared(300), 'cannot-tell'],
    ['must not try, and had lost it before', channel('connecting', refused), spared(0), 'cannot-tell'],
    ['must not try, and was denied lately', channel('connecting', denied), spared(0), 'cannot-tell'],
    [
      'must not try, and has by itself',
      channel('connecting', refused),
      { ...spared(0), tried: true },
      'gone',
    ],
    ['follows another', undefined, untried, 'cannot-tell'],
  ])('that %s', (_what, given, history, says) => {
    const said = replicaSays(given, history);
    expect(said.open ? 'not yet' : said.says).toBe(says);
  });

  it.each<[string, ReplicationChannel, ReceiverHistory, true | undefined]>([
    ['runs', channel('running'), untried, true],
    ['lost it before', channel('connecting', refused), untried, true],
    ['was denied lately', channel('connecting', denied), tried(), true],
    ['must not', channel('running'), spared(0), undefined],
    ['is at it', channel('connecting'), tried(), undefined],
    ['was made to connect', channel('connecting', denied), renewed, undefined],
  ])('that %s is made to try, or is not', (_what, given, history, wanted) => {
    expect(replicaSays(given, history).untried).toBe(wanted);
  });

  it.each([
    [299, 'not yet'],
    [300, 'silent'],
  ])('that waits for its source for %i ms, and cannot be stopped', (ms, says) => {
    const said = renewingSays(ms);
    expect(said.open ? 'not yet' : said.says).toBe(says);
  });

  it('that may yet see it serve cannot tell until then', () => {
    expect(replicaSays(channel('running'), untried).says).toBe('cannot-tell');
  });
});

it.each([
  ['answers', 'writes', 'serves'],
  ['answers', 'stuck', 'stuck'],
  ['silent', 'writes', 'silent'],
  ['frozen', 'writes', 'silent'],
  ['gone', 'stuck', 'gone'],
] as const)('an agent whose server %s and whose disk %s says %s', (server, disk, says) => {
  expect(
    agentSays({ server, disk, fenced: false, startsReadOnly: true, canStartReadOnly: true, upMs: 1 }).says,
  ).toBe(says);
});
