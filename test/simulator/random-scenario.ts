/** Draws a scenario from a seed. */
import { Random } from '../../src/simulator/random.ts';
import type { HostTrouble, Moment, PlannedTrouble, Role, Scenario, Trouble } from './scenario.ts';

/** Those of a switchover's run. */
export type TroubleKind = Exclude<Trouble, HostTrouble>['kind'];

export const troubleKinds: readonly TroubleKind[] = [
  'kill',
  'hang',
  'cut-off',
  'cut-replication',
  'lose-answer',
  'break-connections',
  'crash',
  'machine-crash',
  'pause',
  'store-cut-off',
  'store-unwritable',
  'store-answer-lost',
  'route-down',
];

const roles: readonly Role[] = ['primary', 'candidate', 'sibling'];

/** By the beginnings of step ids, so that they fit every plan. */
const steps = [
  'verify',
  'prepare',
  'follow:db3',
  'catch-up',
  'hold',
  'drain',
  'freeze',
  'reach',
  'promote',
  'release',
  'end-writers',
  'retire-source',
  'follow:db1',
  'prove',
];

const statements = [
  'READ_ONLY',
  'WRITABLE',
  'AWAIT',
  'STOP_REPLICATION',
  'CHANGE_SOURCE',
  'RETIRE_SOURCE',
  'CREATE',
  'LET_COMMITS',
  'POSITION',
];

export function randomScenario(seed: number, kinds: readonly TroubleKind[] = troubleKinds): Scenario {
  const random = new Random(seed);
  const siblings = random.whole(1, 2);
  const engine = random.chance(0.5) ? 'mariadb' : 'mysql';
  const slow = random.chance(0.2);
  return {
    seed,
    engine,
    siblings,
    writers: random.whole(1, 3),
    privilegedWriters: random.chance(0.4) ? 1 : 0,
    route: random.chance(0.6),
    ...(random.chance(0.1) ? { hook: random.pick(['succeeds', 'vetoes', 'hangs'] as const) } : {}),
    applies: slow ? [5, 60] : [0.1, 3],
    troubles: Array.from({ length: howMany(random) }, () => planned(random, kinds)),
  };
}

function howMany(random: Random): number {
  const draw = random.next();
  return draw < 0.05 ? 0 : draw < 0.55 ? 1 : draw < 0.85 ? 2 : 3;
}

function planned(random: Random, kinds: readonly TroubleKind[]): PlannedTrouble {
  return { moment: moment(random), trouble: trouble(random, random.pick(kinds)) };
}

function moment(random: Random): Moment {
  if (random.chance(0.3)) return { atMs: random.between(0, 80) };
  if (random.chance(0.25))
    return { commit: random.whole(1, 45), when: random.chance(0.5) ? 'commit' : 'started' };
  const when = random.pick(['commit', 'started', 'done'] as const);
  const step = random.pick(steps);
  return when === 'commit' || random.chance(0.4)
    ? { step, when }
    : { step, when, thenMs: random.between(0.05, 4) };
}

/** Mostly short, sometimes longer than everybody waits. */
export function span(random: Random): number {
  const draw = random.next();
  if (draw < 0.4) return random.between(5, 800);
  return draw < 0.9 ? random.between(800, 8000) : random.between(8000, 40_000);
}

export function trouble(random: Random, kind: TroubleKind): Trouble {
  const role = random.pick(roles);
  const forMs = span(random);
  const rivalMs = random.between(50, 3000);
  switch (kind) {
    case 'kill':
      return {
        kind,
        role,
        forMs: Math.max(forMs, 300),
        comesBack: random.pick(['as-before', 'writable', 'read-only'] as const),
      };
    case 'hang':
    case 'cut-off':
      return { kind, role, forMs };
    case 'cut-replication': {
      const from = random.pick(roles);
      return { kind, from, to: random.pick(roles.filter((each) => each !== from)), forMs };
    }
    case 'lose-answer':
      return { kind, role, statement: random.pick(statements) };
    case 'break-connections':
      return { kind, role };
    case 'crash':
    case 'machine-crash':
      return { kind, restartMs: random.between(50, 4000) };
    case 'pause':
      return { kind, forMs: random.chance(0.5) ? forMs : random.between(5000, 20_000), rivalMs };
    case 'store-cut-off':
      return { kind, forMs, rivalMs };
    case 'store-unwritable':
    case 'route-down':
      return { kind, forMs };
    case 'store-answer-lost':
      return { kind };
    default:
      return kind satisfies never;
  }
}
