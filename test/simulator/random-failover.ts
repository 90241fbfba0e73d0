/** Draws a cluster in automatic mode, a primary that gets into trouble, and what else goes wrong meanwhile. */
import { Random } from '../../src/simulator/random.ts';
import { span, trouble } from './random-scenario.ts';
import type { FailoverTraits, Moment, PlannedTrouble, Role, Scenario, Trouble } from './scenario.ts';

const roles: readonly Role[] = ['primary', 'candidate', 'sibling'];

/** What may end a primary, or look as if it had. */
const first: readonly Trouble['kind'][] = [
  'kill',
  'kill',
  'kill',
  'hang',
  'hang',
  'host-crash',
  'host-crash',
  'isolate',
  'disk-stall',
  'cut-off',
  'cut-replicas',
  'one-way',
  'weather',
];

/** What makes it worse. */
const second: readonly Trouble['kind'][] = [
  'kill',
  'hang',
  'cut-off',
  'cut-replication',
  'cut-replicas',
  'lose-answer',
  'break-connections',
  'crash',
  'crash',
  'machine-crash',
  'machine-crash',
  'pause',
  'store-cut-off',
  'store-unwritable',
  'store-answer-lost',
  'host-crash',
  'isolate',
  'one-way',
  'weather',
  'disk-stall',
  'agent-down',
  'agent-hang',
  'agent-cut-off',
  'stop-applier',
  'start-server',
];

/** By the beginnings of step ids. */
const steps = [
  'confirm',
  'prepare',
  'hold',
  'fence',
  'gather:db2',
  'gather',
  'salvage',
  'assess',
  'level',
  'promote',
  'release',
  'retire-source',
  'follow',
  'prove',
  'compare',
  'save',
  'restore',
];

export function randomFailover(seed: number): Scenario {
  const random = new Random(seed ^ 0x5eed);
  const siblings = random.whole(0, 2);
  const slow = random.chance(0.3);
  return {
    seed,
    engine: random.chance(0.5) ? 'mariadb' : 'mysql',
    siblings,
    writers: random.whole(1, 3),
    privilegedWriters: random.chance(0.25) ? 1 : 0,
    route: random.chance(0.4),
    applies: slow ? [20, 200] : [0.1, 3],
    lateStatements: random.chance(0.2),
    failover: traits(random, siblings + 1),
    troubles: [primaryTrouble(random), ...Array.from({ length: howMany(random) }, () => another(random))],
  };
}

function traits(random: Random, replicas: number): FailoverTraits {
  const semiSync = random.chance(0.35)
    ? {
        requiredAcks: replicas > 1 && random.chance(0.2) ? 2 : 1,
        timeoutMs: random.chance(0.6) ? 100_000_000 : random.between(20, 3000),
      }
    : undefined;
  return {
    durability: random.pick(['lossless', 'salvage', 'salvage', 'available'] as const),
    maxLoss: random.pick([0, 0, 3, 'any'] as const),
    graceMs: random.chance(0.7) ? 0 : random.between(200, 3000),
    salvageMs: random.between(500, 4000),
    rejoin: random.chance(0.5) ? 'automatic' : 'manual',
    agents: random.chance(0.65),
    ...(semiSync ? { semiSync } : {}),
    durable: random.chance(0.8),
    switchover: random.chance(0.15),
  };
}

function howMany(random: Random): number {
  const draw = random.next();
  return draw < 0.35 ? 0 : draw < 0.75 ? 1 : 2;
}

function primaryTrouble(random: Random): PlannedTrouble {
  return {
    moment: { atMs: random.between(0, 1500) },
    trouble: ofKind(random, random.pick(first), 'primary'),
  };
}

function another(random: Random): PlannedTrouble {
  return { moment: moment(random), trouble: ofKind(random, random.pick(second), random.pick(roles)) };
}

function moment(random: Random): Moment {
  if (random.chance(0.35)) return { atMs: random.between(0, 4000) };
  if (random.chance(0.2))
    return { commit: random.whole(1, 40), when: random.chance(0.5) ? 'commit' : 'started' };
  const when = random.pick(['commit', 'started', 'done'] as const);
  const step = random.pick(steps);
  return when === 'commit' || random.chance(0.4)
    ? { step, when }
    : { step, when, thenMs: random.between(0.05, 8) };
}

const mostMs = 20_000;

function ofKind(random: Random, kind: Trouble['kind'], role: Role): Trouble {
  const forMs = Math.min(span(random), mostMs);
  switch (kind) {
    case 'host-crash':
      return { kind, role, forMs, ...(random.chance(0.4) ? { stays: 'down' } : {}) };
    case 'isolate':
    case 'disk-stall':
    case 'agent-down':
    case 'agent-hang':
    case 'agent-cut-off':
      return { kind, role, forMs };
    case 'cut-replicas':
      return { kind, forMs };
    case 'one-way':
      return { kind, role, direction: random.pick(['to', 'from'] as const), forMs };
    case 'weather':
      return { kind, role, loss: random.pick([0, 0.1, 0.4]), forMs };
    case 'start-server':
      return { kind, role };
    case 'stop-applier':
      return { kind, role: role === 'primary' ? 'candidate' : role };
    default: {
      const drawn = trouble(random, kind);
      return 'forMs' in drawn && 'role' in drawn ? { ...drawn, role, forMs: Math.max(forMs, 300) } : drawn;
    }
  }
}
