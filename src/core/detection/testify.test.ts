import { describe, expect, it } from 'vitest';
import type { ReplicationChannel } from '../observation.ts';
import { agentSays, type ReceiverHistory, replicaSays } from './testify.ts';

const channel = (
  receiver: ReplicationChannel['receiver'],
  error?: readonly [code: number, message: string],
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
  ...(error === undefined ? {} : { receiverError: { code: error[0], message: error[1] } }),
});

const untried: ReceiverHistory = { tried: false, tryingMs: 0 };
const tried = (tryingMs = 0): ReceiverHistory => ({ tried: true, tryingMs });

const refused = [2003, "Can't connect to server on '127.0.0.11' (111 \"Connection refused\")"] as const;
const lost = [2013, 'Lost connection to server during query'] as const;
const crowded = [1040, 'Too many connections'] as const;
const purged = [1236, 'Got fatal error 1236 from source'] as const;

describe('a replica', () => {
  it.each<[string, ReplicationChannel | undefined, ReceiverHistory, string]>([
    ['runs and has not tried since', channel('running'), untried, 'not yet'],
    ['connected anew', channel('running'), tried(), 'serves'],
    ['was refused just now', channel('connecting', refused), tried(), 'gone'],
    ['was refused who knows when', channel('connecting', refused), untried, 'not yet'],
    ['lost its connection', channel('connecting', lost), tried(), 'silent'],
    ['is told by the source that it is crowded', channel('connecting', crowded), tried(), 'serves'],
    ['has another error', channel('connecting', purged), tried(), 'cannot-tell'],
    ['has waited for long', channel('connecting'), tried(300), 'silent'],
    ['has waited for a moment', channel('connecting'), tried(299), 'not yet'],
    ['was waiting before', channel('connecting'), untried, 'not yet'],
    ['was stopped by hand', channel('stopped'), tried(), 'cannot-tell'],
    ['gave up just now', channel('stopped', refused), tried(), 'gone'],
    ['gave up long ago', channel('stopped', refused), untried, 'cannot-tell'],
    ['follows another', undefined, untried, 'cannot-tell'],
  ])('that %s', (_what, given, history, says) => {
    const said = replicaSays(given, history);
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
  expect(agentSays({ server, disk, fenced: false, startsReadOnly: true }).says).toBe(says);
});
