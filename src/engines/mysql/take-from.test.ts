import { describe, expect, it } from 'vitest';
import type { Call, Clock } from '../../core/clock.ts';
import type { FollowRequest } from '../../core/engine.ts';
import { position } from '../../core/positions.ts';
import type { Places } from '../sql/places.ts';
import type { Replication } from '../sql/replication.ts';
import type { Sessions } from '../sql/sessions.ts';
import { linkPlaces } from '../sql/take-from.ts';
import { mysqlPlaces } from './places.ts';

const request = { source: { host: 'db3', port: 3306 }, from: position('a'), upTo: position('b') };

/** Every wait takes `takesMs`. Returns what each was given. */
async function taken({ takesMs, call, fails }: { takesMs: number; call: Call; fails?: () => void }) {
  let now = 0;
  const asked: FollowRequest[] = [];
  const given = new Map<string, Call>();
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
  const wait = (name: string) => async (each: Call) => {
    each.signal.throwIfAborted();
    given.set(name, each);
    now += takesMs;
  };
  const replication = {
    stopAppliers: wait('stop'),
    channels: async () => [],
    follow: async (follow: FollowRequest, each: Call) => {
      asked.push(follow);
      await wait('follow')(each);
    },
    awaitPosition: async (_upTo: unknown, each: Call) => {
      await wait('await')(each);
      fails?.();
    },
    stopChannel: async (_name: string, each: Call) => wait('put down')(each),
  } as unknown as Replication;
  const link = linkPlaces({
    dialect: mysqlPlaces,
    places: {} as Places,
    replication,
    sessions: {} as Sessions,
    clock,
    schema: 'dauphin',
  });
  const outcome = await link.takeFrom(request, call).then(
    () => 'taken',
    (thrown: unknown) => thrown,
  );
  return { outcome, given, asked };
}

describe('taking from another replica', () => {
  it('is tried again at once when the other does not let it in the first time', async () => {
    const call = { signal: new AbortController().signal, deadlineMs: 1000 };
    const { asked } = await taken({ takesMs: 1, call });
    expect(asked).toMatchObject([{ settings: { connectRetrySeconds: 1 } }]);
  });

  it('is given its time once, and some for stopping again', async () => {
    const call = { signal: new AbortController().signal, deadlineMs: 1000 };
    const { outcome, given } = await taken({ takesMs: 300, call });
    expect(outcome).toBe('taken');
    const times = [...given].map(([name, { deadlineMs }]) => [name, deadlineMs]);
    expect(times).toEqual([
      ['stop', 1000],
      ['follow', 700],
      ['await', 400],
      ['put down', 2000],
    ]);
  });

  it('stops again when its caller has given up, and tells the first error', async () => {
    const caller = new AbortController();
    const failure = new Error('not reached');
    const fails = (): never => {
      caller.abort(new Error('given up'));
      throw failure;
    };
    const call = { signal: caller.signal, deadlineMs: 1000 };
    const { outcome, given } = await taken({ takesMs: 300, call, fails });
    expect(outcome).toBe(failure);
    expect(given.has('put down')).toBe(true);
  });
});
