import { describe, expect, it } from 'vitest';
import type { ReceiverError, ReplicationChannel } from '../observation.ts';
import { connectError, sourceError } from '../testing/receiver-errors.ts';
import { agentSays, type ReceiverHistory, replicaSays } from './testify.ts';

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

const unapplied = (receiver: ReplicationChannel['receiver'], error?: ReceiverError): ReplicationChannel => ({
  ...channel(receiver, error),
  applier: 'stopped',
  startsAfresh: true,
});

const untried: ReceiverHistory = { tried: false, renewed: false, tryingMs: 0 };
const tried = (tryingMs = 0): ReceiverHistory => ({ tried: true, renewed: false, tryingMs });
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
    ['has waited for long', channel('connecting'), tried(450), 'silent'],
    ['has waited for a moment', channel('connecting'), tried(449), 'not yet'],
    ['was waiting before', channel('connecting'), untried, 'not yet'],
    ['was stopped by hand', channel('stopped'), tried(), 'cannot-tell'],
    ['gave up just now', channel('stopped', refused), tried(), 'gone'],
    ['gave up long ago', channel('stopped', refused), untried, 'cannot-tell'],
    ['must not try, and runs', unapplied('running'), untried, 'untestable'],
    ['must not try, and has lost it', unapplied('connecting', refused), untried, 'cannot-tell'],
    ['must not try, and was denied lately', unapplied('connecting', denied), tried(), 'cannot-tell'],
    ['must not try, and has by itself', unapplied('connecting', refused), tried(), 'gone'],
    ['must not try, and has connected by itself', unapplied('running'), tried(), 'serves'],
    ['follows another', undefined, untried, 'cannot-tell'],
  ])('that %s', (_what, given, history, says) => {
    const said = replicaSays(given, history);
    expect(said.open ? 'not yet' : said.untestable ? 'untestable' : said.says).toBe(says);
  });

  it.each<[string, ReplicationChannel, ReceiverHistory, true | undefined]>([
    ['runs', channel('running'), untried, true],
    ['lost it before', channel('connecting', refused), untried, true],
    ['was denied lately', channel('connecting', denied), tried(), true],
    ['must not', unapplied('running'), untried, undefined],
    ['is at it', channel('connecting'), tried(), undefined],
    ['was made to connect', channel('connecting', denied), renewed, undefined],
  ])('that %s is made to try, or is not', (_what, given, history, wanted) => {
    expect(replicaSays(given, history).untried).toBe(wanted);
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
