/** Every step of the plan with every misfortune: the cells of the deterministic grid. */
import { type Moment, quietScenario, type Scenario, type Trouble } from './scenario.ts';

/** The steps of `quietScenario`'s plan, in its order. */
export const gridSteps: readonly string[] = [
  'verify',
  'prepare',
  'follow:db3',
  'follow:db4',
  'catch-up:db2',
  'hold:orders-rw',
  'drain:db1',
  'freeze:db1',
  'reach:db2',
  'promote:db2',
  'release:orders-rw',
  'end-writers:db1',
  'retire-source:db2',
  'follow:db1',
  'prove',
];

const promoteAt = gridSteps.indexOf('promote:db2');

export const comesAfterPromotion = (step: string): boolean => gridSteps.indexOf(step) > promoteAt;

export interface Misfortune {
  readonly name: string;
  readonly when: 'commit' | 'started' | 'done';
  /** Zero: as soon as the step is journaled, before its first statement leaves. */
  readonly thenMs?: number;
  trouble(step: string): Trouble;
}

/** What each step says to a server, for the answer that gets lost. */
const says: Readonly<Record<string, { role: 'primary' | 'candidate' | 'sibling'; statement: string }>> = {
  verify: { role: 'candidate', statement: 'PROBE' },
  prepare: { role: 'candidate', statement: 'VERSION' },
  'follow:db3': { role: 'sibling', statement: 'STOP_REPLICATION; CHANGE_SOURCE' },
  'follow:db4': { role: 'sibling', statement: 'STOP_REPLICATION' },
  'catch-up:db2': { role: 'candidate', statement: 'AWAIT' },
  'hold:orders-rw': { role: 'primary', statement: 'WRITING' },
  'drain:db1': { role: 'primary', statement: 'WRITING' },
  'freeze:db1': { role: 'primary', statement: 'READ_ONLY' },
  'reach:db2': { role: 'candidate', statement: 'AWAIT' },
  'promote:db2': { role: 'candidate', statement: 'WRITABLE' },
  'release:orders-rw': { role: 'primary', statement: 'DANGEROUS' },
  'end-writers:db1': { role: 'primary', statement: 'LET_COMMITS' },
  'retire-source:db2': { role: 'candidate', statement: 'RETIRE_SOURCE' },
  'follow:db1': { role: 'primary', statement: 'CHANGE_SOURCE' },
  prove: { role: 'candidate', statement: 'CREATE' },
};

export const misfortunes: readonly Misfortune[] = [
  {
    name: 'candidate killed',
    when: 'started',
    trouble: () => ({ kind: 'kill', role: 'candidate', forMs: 2000, comesBack: 'as-before' }),
  },
  {
    name: 'candidate hung',
    when: 'started',
    trouble: () => ({ kind: 'hang', role: 'candidate', forMs: 4000 }),
  },
  {
    name: 'old primary killed',
    when: 'started',
    trouble: () => ({ kind: 'kill', role: 'primary', forMs: 2000, comesBack: 'writable' }),
  },
  {
    name: 'old primary hung',
    when: 'started',
    trouble: () => ({ kind: 'hang', role: 'primary', forMs: 4000 }),
  },
  {
    name: 'sibling killed',
    when: 'started',
    trouble: () => ({ kind: 'kill', role: 'sibling', forMs: 2000, comesBack: 'as-before' }),
  },
  {
    name: 'controller dies before the journal commit',
    when: 'commit',
    trouble: () => ({ kind: 'crash', restartMs: 500 }),
  },
  {
    name: 'controller dies after the journal commit',
    when: 'started',
    trouble: () => ({ kind: 'crash', restartMs: 500 }),
  },
  {
    name: 'controller dies a moment into the step',
    when: 'started',
    thenMs: 0.6,
    trouble: () => ({ kind: 'crash', restartMs: 500 }),
  },
  {
    name: 'controller dies when it is done',
    when: 'done',
    trouble: () => ({ kind: 'crash', restartMs: 500 }),
  },
  { name: 'store unwritable', when: 'commit', trouble: () => ({ kind: 'store-unwritable', forMs: 800 }) },
  { name: 'store’s answer lost', when: 'commit', trouble: () => ({ kind: 'store-answer-lost' }) },
  {
    name: 'connection lost after execution',
    when: 'started',
    trouble: (step) => ({
      kind: 'lose-answer',
      ...(says[step] ?? { role: 'candidate', statement: 'AWAIT' }),
    }),
  },
  {
    name: 'connections to the old primary broken',
    when: 'started',
    trouble: () => ({ kind: 'break-connections', role: 'primary' }),
  },
  {
    name: 'candidate cut off',
    when: 'started',
    trouble: () => ({ kind: 'cut-off', role: 'candidate', forMs: 3000 }),
  },
  { name: 'route down', when: 'started', trouble: () => ({ kind: 'route-down', forMs: 1500 }) },
];

export function cell(step: string, misfortune: Misfortune, engine: Scenario['engine']): Scenario {
  const moment: Moment = {
    step,
    when: misfortune.when,
    ...(misfortune.thenMs === undefined ? {} : { thenMs: misfortune.thenMs }),
  };
  return {
    ...quietScenario,
    engine,
    privilegedWriters: 1,
    troubles: [{ moment, trouble: misfortune.trouble(step) }],
  };
}
