import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LinkPlaces, ServerLink } from '../../core/engine.ts';
import { serverId } from '../../core/identity.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Survivor, Target } from '../../core/plan.ts';
import { position } from '../../core/positions.ts';
import { countedPositions } from '../../core/testing/counted-positions.ts';
import { placeHandlers } from './perform-by-place.ts';
import type { Of, Run } from './run.ts';

let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
});

const target = (name: string): Target => ({
  id: serverId(name),
  name,
  address: { host: name, port: 3306 },
});
const survivor = (name: string): Survivor => ({ server: target(name), gathered: { step: `gather:${name}` } });

const nothingTaken: Pick<LinkPlaces, 'takesFrom' | 'replayedFrom' | 'expectFaithful'> = {
  takesFrom: async () => undefined,
  replayedFrom: async () => undefined,
  expectFaithful: async () => undefined,
};

interface Played {
  /** By server: how far each has received of db1's log; those that did not say it are left out. */
  readonly gathered: Readonly<Record<string, number>>;
  readonly outputs?: readonly (readonly [string, StepOutput])[];
  readonly links: Readonly<Record<string, Partial<ServerLink>>>;
}

function runWith({ gathered, outputs = [], links }: Played): Run {
  const surroundings = {
    clock: { monotonic: () => nowMs },
    engine: { positions: countedPositions },
    link: ({ name }: Target) => ({ awaitPosition: async () => undefined, ...links[name] }),
    shelf: { read: () => [] },
  };
  const told = Object.entries(gathered).map(
    ([name, count]) => [`gather:${name}`, { position: `db1:${count}` }] as const,
  );
  const plan = { steps: [] };
  return { surroundings, plan, operation: 'op-1', outputs: new Map([...told, ...outputs]) } as unknown as Run;
}

const places = (own: Partial<LinkPlaces>): { readonly places: LinkPlaces } => ({
  places: { ...nothingTaken, ...own } as LinkPlaces,
});

const level = (names: readonly string[], tail?: string): Of<'level-by-place'> => ({
  verb: 'level-by-place',
  server: target('db2'),
  survivors: names.map(survivor),
  lastSeen: position('db1:100'),
  ...(tail === undefined ? {} : { tail: { step: tail } }),
});

const call = (deadlineMs: number): Call => ({ signal: new AbortController().signal, deadlineMs });

/** Answers nothing before it is given up. */
async function hang({ deadlineMs }: Call): Promise<never> {
  nowMs += deadlineMs;
  throw new Fault('deadline-exceeded', 'no answer');
}

describe('the candidate of servers without GTIDs', () => {
  it('takes nothing where what it logs may not be what it was given', async () => {
    const takeFrom = vi.fn<LinkPlaces['takeFrom']>();
    const unfaithful = async () => {
      throw new Fault('salvage-impossible', 'it may skip or reorder');
    };
    const run = runWith({
      gathered: { db2: 90, db3: 100 },
      links: { db2: places({ takeFrom, expectFaithful: unfaithful }), db3: places({}) },
    });
    const levelled = placeHandlers['level-by-place'](level(['db2', 'db3']), run, call(1000));
    await expect(levelled).rejects.toThrow('not from db3: it may skip or reorder');
    expect(takeFrom).not.toHaveBeenCalled();
  });

  it('takes nothing from one that has taken from another and does not know how far', async () => {
    const takeFrom = vi.fn<LinkPlaces['takeFrom']>();
    const run = runWith({
      gathered: { db2: 90, db3: 100 },
      links: {
        db2: places({ takeFrom }),
        db3: places({ takesFrom: async () => target('db4').address }),
      },
    });
    const levelled = placeHandlers['level-by-place'](level(['db2', 'db3']), run, call(1000));
    await expect(levelled).rejects.toThrow('db3 has taken transactions from db4:3306');
    expect(takeFrom).not.toHaveBeenCalled();
  });

  it('is not settled where it was taking from one that does not say now what it has', async () => {
    const settle = vi.fn<LinkPlaces['settle']>();
    const takeFrom = vi.fn<LinkPlaces['takeFrom']>();
    const run = runWith({
      gathered: { db2: 90 },
      links: {
        db2: places({ takesFrom: async () => target('db3').address, takeFrom, settle }),
        db3: places({ lastLogged: async () => position('db3:7') }),
      },
    });
    const levelled = placeHandlers['level-by-place'](level(['db2', 'db3']), run, call(1000));
    await expect(levelled).rejects.toMatchObject({ code: 'salvage-impossible' });
    expect(takeFrom).not.toHaveBeenCalled();
    expect(settle).not.toHaveBeenCalled();
  });

  it('has time for the others and for the dead primary’s log when a survivor hangs', async () => {
    let replayMs = 0;
    const applyLog = async (_text: unknown, { deadlineMs }: Call): Promise<void> => {
      replayMs = deadlineMs;
    };
    const lastLogged = async () => position('db2:5');
    const receivedAfter = async () => {
      throw new Fault('salvage-impossible', 'its relay log does not reach back');
    };
    const salvaged = {
      position: 'db1:110',
      tail: { transactions: 10, names: '', truncated: false, file: 'x' },
    };
    const run = runWith({
      gathered: { db2: 100, db3: 90, db4: 100, db5: 90 },
      outputs: [['salvage', salvaged]],
      links: {
        db2: { ...places({ lastLogged, receivedAfter }), applyLog },
        db3: places({ receivedAfter: (_after, inner) => hang(inner) }),
        db4: places({ receivedAfter }),
        db5: places({ receivedAfter }),
        db6: places({ receivedAfter: () => expect.unreachable('it was not gathered') }),
      },
    });
    const action = level(['db2', 'db3', 'db4', 'db5', 'db6'], 'salvage');
    const { places: told } = await placeHandlers['level-by-place'](action, run, call(8000));
    expect(told?.find(({ server }) => server === 'db4')?.at).toBe('db2:5');
    expect(told?.find(({ server }) => server === 'db3')?.because).toContain('does not reach back');
    expect(replayMs).toBeGreaterThanOrEqual(4000);
  });

  it('asks the next one for what lies between when one hangs', async () => {
    const silent = async () => {
      throw new Fault('salvage-impossible', 'its relay log does not reach back');
    };
    const inTime = async (_after: unknown, { deadlineMs }: Call) =>
      deadlineMs > 100 ? [{ end: position('db1:100'), what: 'insert' }] : silent();
    const lastLogged = async () => position('db2:5');
    const run = runWith({
      gathered: { db2: 100, db3: 90, db4: 100, db5: 100 },
      links: {
        db2: places({ lastLogged, receivedAfter: silent }),
        db3: places({ receivedAfter: silent }),
        db4: places({ receivedAfter: (_after, inner) => hang(inner) }),
        db5: places({ receivedAfter: inTime }),
      },
    });
    const action = level(['db2', 'db3', 'db4', 'db5']);
    const { places: told } = await placeHandlers['level-by-place'](action, run, call(8000));
    expect(told?.find(({ server }) => server === 'db3')).toEqual({ server: 'db3', at: 'db2:5' });
  });
});

describe('a survivor without GTIDs', () => {
  it('is left where it is when it has taken transactions that its place does not tell', async () => {
    const follow = vi.fn<ServerLink['follow']>();
    const toldPlaces = [{ server: 'db3', at: 'db2:5' }];
    const run = runWith({
      gathered: { db3: 90 },
      outputs: [['level', { places: toldPlaces }]],
      links: {
        db3: {
          ...places({ takesFrom: async () => target('db4').address }),
          probe: async () => ({ channels: [{ source: target('db2').address }] }) as never,
          follow,
        },
      },
    });
    const action: Of<'follow-from-place'> = {
      verb: 'follow-from-place',
      server: target('db3'),
      source: target('db2'),
      settings: { wasPrimary: false },
      gathered: { step: 'gather:db3' },
      places: { step: 'level' },
    };
    const following = placeHandlers['follow-from-place'](action, run, call(1000));
    await expect(following).rejects.toMatchObject({ code: 'verification-failed' });
    expect(follow).not.toHaveBeenCalled();
  });
});
