/** Appliers that are stopped, by hand or by an error, and candidates that are busy. */
import type { Scenario } from '../scenario.ts';
import { breakApplying, insert, longQuery, mendApplying, startApplying, stopApplying } from '../steps.ts';
import { crash, mariadb, onBoth, preferR1, soonGivenUp } from './common.ts';

export const applier: readonly Scenario[] = [
  {
    title: 'an applier that was stopped by hand runs after the failover',
    tests: { 47: 'slave_sql_start' },
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [...stopApplying('r2'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'a candidate whose applier failed is refused until that is mended',
    tests: { 48: 'slave_sql_start2' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...insert(1), ...breakApplying('r1', 3), ...insert(1)],
        trigger: { ask: 'switchover', to: 'r1' },
        expect: { result: 'refused', codes: ['candidate-broken', 'candidate-stopped'] },
      },
      {
        steps: mendApplying('r1', 3),
        trigger: { ask: 'switchover', to: 'r1' },
        expect: { result: 'refused', codes: ['candidate-broken', 'candidate-stopped'] },
      },
      {
        steps: [...startApplying('r1'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 5 },
      },
    ],
  },
  {
    title: 'an applier that was stopped by hand would stop at a row of its own',
    tests: { 49: 'slave_sql_start3' },
    ...mariadb,
    ...preferR1,
    ...soonGivenUp,
    acts: [
      {
        steps: [...stopApplying('r2'), ...breakApplying('r2', 2), ...insert(1)],
        trigger: crash,
        expect: { result: 'partial', primary: 'r1', rows: 3, apart: { r2: { rows: 2, source: 'r1' } } },
      },
    ],
  },
  {
    title: 'a query of a minute on the candidate holds nothing up',
    tests: { 50: 'new_master_heavy', 51: 'new_master_heavy_wait' },
    differs: {
      mha: 'may wait for it where S1 is read-only (MySQL 5.0)',
      ours: 'a replica is always read-only, and becoming writable does not wait for readers',
    },
    ...mariadb,
    replicas: 2,
    ...preferR1,
    acts: [
      {
        steps: longQuery('r1'),
        trigger: { ask: 'failover', after: 'stop' },
        expect: { result: 'ok', primary: 'r1', rows: 2 },
      },
    ],
  },
];
