/**
 * Runs that once showed a bug, kept as whole scenarios so that no change to how scenarios are drawn loses them. Those
 * whose bug is still in known-bugs.ts are skipped with its reason.
 */
import { quietScenario, type Scenario } from './scenario.ts';

export interface NamedSeed {
  readonly name: string;
  /** The id in known-bugs.ts; absent once nothing is known to be wrong. */
  readonly bug: string;
  readonly scenario: Scenario;
}

export const namedSeeds: readonly NamedSeed[] = [
  {
    name: 'steps that run side by side while the store refuses keep numbers of their own',
    bug: 'journal-number-twice',
    scenario: {
      ...quietScenario,
      engine: 'mysql',
      troubles: [
        { moment: { step: 'follow:db3', when: 'commit' }, trouble: { kind: 'store-unwritable', forMs: 800 } },
      ],
    },
  },
  {
    name: 'an operation is taken up again when the store was full for longer than the lease',
    bug: 'left-operation-stays-running',
    scenario: {
      ...quietScenario,
      troubles: [
        { moment: { step: 'reach', when: 'started' }, trouble: { kind: 'store-unwritable', forMs: 9000 } },
      ],
    },
  },
  {
    name: 'an operation that ended while another controller waited for its lease is not run again',
    bug: 'finished-operation-resumed',
    scenario: {
      ...quietScenario,
      troubles: [
        // What has failed once (the proof, for want of the sibling) is what a second run would do again.
        {
          moment: { step: 'release', when: 'done' },
          trouble: { kind: 'kill', role: 'sibling', forMs: 20_000, comesBack: 'as-before' },
        },
        {
          moment: { step: 'release', when: 'done' },
          trouble: { kind: 'store-cut-off', forMs: 13, rivalMs: 300 },
        },
      ],
    },
  },
  {
    name: 'a controller that stood still for longer than its lease sends nothing when it goes on',
    bug: 'lease-outlived',
    scenario: {
      ...quietScenario,
      engine: 'mysql',
      troubles: [
        {
          moment: { step: 'prove', when: 'commit' },
          trouble: { kind: 'pause', forMs: 14_000, rivalMs: 2000 },
        },
      ],
    },
  },
  {
    name: 'an old primary that restarts writable is read-only once it is a replica',
    bug: 'old-primary-left-writable',
    scenario: {
      ...quietScenario,
      troubles: [
        {
          moment: { step: 'follow:db1', when: 'started' },
          trouble: { kind: 'kill', role: 'primary', forMs: 300, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    name: 'nobody is promoted when the old primary came back writable after its freeze',
    bug: 'freeze-not-seen-lost',
    scenario: {
      ...quietScenario,
      troubles: [
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'hang', role: 'candidate', forMs: 900 },
        },
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'kill', role: 'primary', forMs: 300, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    name: 'nobody is promoted when the lock that held back privileged writers is gone',
    bug: 'freeze-not-seen-lost',
    scenario: {
      ...quietScenario,
      privilegedWriters: 2,
      troubles: [
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'hang', role: 'candidate', forMs: 900 },
        },
        {
          moment: { step: 'reach', when: 'started', thenMs: 100 },
          trouble: { kind: 'cut-replication', from: 'primary', to: 'candidate', forMs: 3000 },
        },
        {
          moment: { step: 'reach', when: 'started', thenMs: 300 },
          trouble: { kind: 'break-connections', role: 'primary' },
        },
      ],
    },
  },
  {
    name: 'a statement that a cut held back does not stop a replica that was put back since',
    bug: 'late-statement',
    scenario: {
      ...quietScenario,
      seed: 2,
      siblings: 1,
      lateStatements: true,
      troubles: [
        {
          moment: { step: 'follow:db3', when: 'started', thenMs: 1.2 },
          trouble: { kind: 'cut-off', role: 'sibling', forMs: 5770 },
        },
      ],
    },
  },
  {
    name: 'an operation whose journal could not be read does not keep its cluster’s lease for ever',
    bug: 'left-lease-kept',
    scenario: {
      ...quietScenario,
      troubles: [
        {
          moment: { atMs: 1.5 },
          trouble: { kind: 'store-cut-off', forMs: 2700, rivalMs: 800 },
        },
      ],
    },
  },
  {
    // The second controller knew that lines were lost with the machine; the third one believed the journal.
    name: 'nobody is made writable again by a journal that lost lines two controllers ago',
    bug: 'lost-lines-forgotten',
    scenario: {
      ...quietScenario,
      route: false,
      troubles: [
        {
          moment: { step: 'promote', when: 'done' },
          trouble: { kind: 'cut-off', role: 'candidate', forMs: 20_000 },
        },
        {
          moment: { step: 'promote', when: 'done' },
          trouble: { kind: 'machine-crash', restartMs: 500, survivors: 0 },
        },
        { moment: { atMs: 9000 }, trouble: { kind: 'crash', restartMs: 500 } },
      ],
    },
  },
  {
    name: 'a candidate that restarts writable before anybody was promoted gets what the old primary took meanwhile',
    bug: 'taken-for-promoted',
    scenario: {
      ...quietScenario,
      privilegedWriters: 1,
      troubles: [
        {
          moment: { step: 'drain:db1', when: 'started' },
          trouble: { kind: 'cut-replication', from: 'primary', to: 'candidate', forMs: 5200 },
        },
        {
          moment: { step: 'drain:db1', when: 'started' },
          trouble: { kind: 'machine-crash', restartMs: 2000 },
        },
        {
          moment: { step: 'drain:db1', when: 'started', thenMs: 5 },
          trouble: { kind: 'kill', role: 'candidate', forMs: 400, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    name: 'a candidate that restarts writable before anybody was promoted does not replace a primary that is cut off',
    bug: 'taken-for-promoted',
    scenario: {
      ...quietScenario,
      privilegedWriters: 1,
      troubles: [
        {
          moment: { step: 'drain:db1', when: 'started' },
          trouble: { kind: 'cut-replication', from: 'primary', to: 'candidate', forMs: 9000 },
        },
        {
          moment: { step: 'drain:db1', when: 'started', thenMs: 4 },
          trouble: { kind: 'cut-off', role: 'primary', forMs: 8000 },
        },
        {
          moment: { step: 'drain:db1', when: 'started' },
          trouble: { kind: 'machine-crash', restartMs: 2000 },
        },
        {
          moment: { step: 'drain:db1', when: 'started', thenMs: 5 },
          trouble: { kind: 'kill', role: 'candidate', forMs: 400, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    // The lines of the freeze are lost with the machine, so it may have been promoted; privileged writers are let go.
    name: 'a candidate that may have been promoted gets what the old primary took while no controller looked',
    bug: 'taken-for-promoted',
    scenario: {
      ...quietScenario,
      privilegedWriters: 2,
      troubles: [
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'cut-replication', from: 'primary', to: 'candidate', forMs: 5200 },
        },
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'machine-crash', restartMs: 2000, survivors: 0 },
        },
        {
          moment: { step: 'reach', when: 'commit' },
          trouble: { kind: 'kill', role: 'candidate', forMs: 400, comesBack: 'writable' },
        },
      ],
    },
  },
  {
    // HAProxy started again leads where its configuration says; the candidate still has its old source.
    name: 'a route that was started again leads to the one of two co-primaries that takes the writes',
    bug: 'no-primary-in-a-ring',
    scenario: {
      ...quietScenario,
      route: true,
      troubles: [
        {
          moment: { step: 'retire-source', when: 'started' },
          trouble: { kind: 'cut-off', role: 'candidate', forMs: 6000 },
        },
        {
          moment: { step: 'follow:db1', when: 'started' },
          trouble: { kind: 'route-down', forMs: 3000 },
        },
      ],
    },
  },
];
