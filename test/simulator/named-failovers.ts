/** Failovers that once showed a bug, kept as whole scenarios. */
import type { OperationStatus } from '../../src/core/operation.ts';
import { automatic, quietFailover, type Scenario } from './scenario.ts';

export interface NamedFailover {
  readonly name: string;
  readonly scenario: Scenario;
  /** How the last operation has to end, where there is only one way. */
  readonly ends?: OperationStatus | 'none';
}

const sparedWitness = {
  ...quietFailover,
  seed: 612320,
  writers: 2,
  applies: [20, 200],
  failover: {
    ...automatic,
    durability: 'lossless',
    maxLoss: 'any',
    graceMs: 2993.451,
    salvageMs: 1269.009,
    agents: false,
    semiSync: { requiredAcks: 1, timeoutMs: 100_000_000 },
  },
  troubles: [
    { moment: { atMs: 280.015 }, trouble: { kind: 'stop-applier', role: 'sibling' } },
    {
      moment: { atMs: 943.704 },
      trouble: { kind: 'host-crash', role: 'primary', forMs: 20_000, stays: 'down' },
    },
    { moment: { atMs: 3213.495 }, trouble: { kind: 'disk-stall', role: 'candidate', forMs: 321.98 } },
  ],
} as const satisfies Scenario;

export const namedFailovers: readonly NamedFailover[] = [
  {
    // It had never seen the dead server, threw "not a member", and could not find the agent to lift the fence.
    name: 'a controller that starts while the primary’s machine is gone finishes the failover that was begun',
    scenario: {
      ...quietFailover,
      engine: 'mysql',
      failover: { ...automatic, durability: 'available', maxLoss: 'any' },
      troubles: [
        { moment: { atMs: 700 }, trouble: { kind: 'host-crash', role: 'primary', forMs: 12_000 } },
        { moment: { step: 'gather:db2', when: 'commit' }, trouble: { kind: 'crash', restartMs: 3700 } },
      ],
    },
    ends: 'succeeded',
  },
  {
    // Fenced by read-only after it had come back; the rollback only knew how to ask an agent.
    name: 'a primary that was fenced by making it read-only is writable again when the failover is given up',
    scenario: {
      ...quietFailover,
      failover: { ...automatic, agents: false, durability: 'lossless' },
      troubles: [
        { moment: { atMs: 480 }, trouble: { kind: 'isolate', role: 'primary', forMs: 5000 } },
        {
          moment: { step: 'fence', when: 'commit' },
          trouble: { kind: 'break-connections', role: 'candidate' },
        },
      ],
    },
  },
  {
    // Killed at once is what a fence does to it; 50 ms later, which the rollback did not wait for.
    name: 'a primary that is started in spite of its fence is writable again when the failover is given up',
    scenario: {
      ...quietFailover,
      engine: 'mysql',
      siblings: 0,
      applies: [0.1, 3],
      failover: { ...automatic, durability: 'lossless', graceMs: 265.06, salvageMs: 1415 },
      troubles: [
        {
          moment: { step: 'salvage', when: 'started' },
          trouble: { kind: 'start-server', role: 'primary' },
        },
        {
          moment: { atMs: 228 },
          trouble: { kind: 'kill', role: 'primary', forMs: 5000, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    // The plan did not say so, though the agent had not answered.
    name: 'a plan says when nothing keeps a silent primary from going on',
    scenario: {
      ...quietFailover,
      engine: 'mysql',
      failover: { ...automatic, durability: 'available' },
      troubles: [{ moment: { atMs: 890 }, trouble: { kind: 'isolate', role: 'primary', forMs: 7600 } }],
    },
    ends: 'succeeded',
  },
  ...([5, 5.5, 6, 6.5] as const).map(
    (thenMs): NamedFailover => ({
      // The next controller found everything applied already, and nothing to put right.
      name: `a controller that dies ${thenMs} ms into the replay of a salvaged log leaves no server that does not sync`,
      scenario: {
        ...quietFailover,
        writers: 3,
        troubles: [
          { moment: { atMs: 200 }, trouble: { kind: 'cut-replicas', forMs: 400 } },
          {
            moment: { atMs: 400 },
            trouble: { kind: 'kill', role: 'primary', forMs: 9000, comesBack: 'writable' },
          },
          { moment: { step: 'level', when: 'started', thenMs }, trouble: { kind: 'crash', restartMs: 700 } },
        ],
      },
      ends: 'succeeded',
    }),
  ),
  {
    // It fenced and gathered unwritten, and whoever took the operation up had nothing to undo.
    name: 'a controller that cannot write its journal does not fence nor gather',
    scenario: {
      ...quietFailover,
      failover: { ...automatic, agents: false, durability: 'available', maxLoss: 'any' },
      troubles: [
        {
          moment: { atMs: 1292 },
          trouble: { kind: 'kill', role: 'primary', forMs: 300, comesBack: 'writable' },
        },
        {
          moment: { commit: 2, when: 'started' },
          trouble: { kind: 'store-cut-off', forMs: 6423, rivalMs: 566 },
        },
      ],
    },
  },
  {
    // Seed 40103: db2 was promoted against it while the log of a hung agent's host was still waited for.
    name: 'a primary that comes back before the promotion, and that nothing has fenced, stays the primary',
    scenario: {
      ...quietFailover,
      seed: 40103,
      siblings: 0,
      writers: 3,
      route: true,
      applies: [0.1, 3],
      failover: { ...automatic, graceMs: 2710.186, salvageMs: 3613.4, rejoin: 'automatic' },
      troubles: [
        {
          moment: { atMs: 1126.688 },
          trouble: { kind: 'kill', role: 'primary', forMs: 4720.287, comesBack: 'as-before' },
        },
        {
          moment: { step: 'fence', when: 'started' },
          trouble: { kind: 'agent-hang', role: 'primary', forMs: 7163.495 },
        },
      ],
    },
  },
  {
    // Seed 40401: its machine died after the plan was made; nothing told of it, and it stayed writable.
    name: 'a former primary that comes back writable by its own configuration is made read-only',
    scenario: {
      ...quietFailover,
      seed: 40401,
      engine: 'mysql',
      siblings: 0,
      writers: 1,
      route: true,
      applies: [20, 200],
      failover: { ...automatic, maxLoss: 3, salvageMs: 1778.32 },
      troubles: [
        {
          moment: { atMs: 160.314 },
          trouble: { kind: 'hang', role: 'primary', forMs: 11_181.384 },
        },
        {
          moment: { step: 'prepare', when: 'commit' },
          trouble: { kind: 'host-crash', role: 'primary', forMs: 4728.937 },
        },
      ],
    },
  },
  {
    // Seed 300169: its line could not be written, the fence was gone on without, and the old primary woke up.
    name: 'a fence that could not be written down is not gone on without',
    scenario: {
      ...quietFailover,
      seed: 300169,
      siblings: 0,
      failover: { ...automatic, durability: 'available' },
      troubles: [
        { moment: { atMs: 68.886 }, trouble: { kind: 'hang', role: 'primary', forMs: 6935.186 } },
        { moment: { step: 'fence', when: 'commit' }, trouble: { kind: 'store-answer-lost' } },
      ],
    },
    ends: 'succeeded',
  },
  {
    // Seed 612320: made to connect anew, it threw away 206 writes that it alone had received.
    name: 'a witness whose applier is stopped keeps what it alone has received',
    scenario: { ...sparedWitness, siblings: 0 },
    ends: 'none',
  },
  {
    name: 'and holds up nobody when another one can tell that the process is gone',
    scenario: {
      ...sparedWitness,
      siblings: 1,
      failover: { ...sparedWitness.failover, durability: 'salvage' },
      troubles: sparedWitness.troubles.map(({ moment, trouble }) => ({
        moment,
        trouble:
          trouble.kind === 'host-crash'
            ? { kind: 'kill', role: 'primary', forMs: 20_000, comesBack: 'as-before' }
            : trouble,
      })),
    },
    ends: 'succeeded',
  },
  {
    // Seed 800569: the law took it for promoted, with less than it had received.
    name: 'a candidate whose machine dies as it is to be promoted was not promoted',
    scenario: {
      ...quietFailover,
      seed: 800569,
      engine: 'mysql',
      siblings: 0,
      writers: 2,
      applies: [0.1, 3],
      lateStatements: true,
      failover: { ...automatic, maxLoss: 'any', salvageMs: 3138.051, rejoin: 'automatic', durable: false },
      troubles: [
        {
          moment: { atMs: 549.495 },
          trouble: { kind: 'host-crash', role: 'primary', forMs: 579.922, stays: 'down' },
        },
        {
          moment: { step: 'promote', when: 'started' },
          trouble: { kind: 'host-crash', role: 'candidate', forMs: 2388.817 },
        },
      ],
    },
    ends: 'rolled-back',
  },
];
