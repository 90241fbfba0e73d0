/** Many rows, large transactions, and appliers that are behind. 1,000 rows where MHA has 100,000 and more. */
import type { Scenario } from '../scenario.ts';
import { breakApplying, delay, insert, stopApplying, stopReceiving, update } from '../steps.ts';
import { crash, mariadb, onBoth, preferR1, soonGivenUp } from './common.ts';

const r1Takes = { result: 'ok', primary: 'r1', rows: 1001 } as const;

export const bulk: readonly Scenario[] = [
  {
    title: 'the preferred survivor lacks one transaction of 900 rows',
    tests: { 33: 'large_data' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...insert(99, 'all'), ...stopReceiving('r1'), ...insert(900, 'all')],
        trigger: crash,
        expect: r1Takes,
      },
    ],
  },
  {
    title: 'it lacks 9 transactions of 100 rows',
    tests: { 34: 'large_data_tran' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...insert(99, 'all'), ...stopReceiving('r1'), ...insert(900, 100)],
        trigger: crash,
        expect: r1Takes,
      },
    ],
  },
  {
    title: 'it lacks multi-row inserts and four updates of every row',
    tests: { 35: 'large_data_bulk' },
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [
          ...insert(99, 'all'),
          ...stopReceiving('r1'),
          ...insert(900, 'all'),
          ...update(),
          ...update(),
          ...update(),
          ...update(),
        ],
        trigger: crash,
        expect: r1Takes,
      },
    ],
  },
  {
    title: 'as before, through relay logs of 64 KiB',
    tests: { 36: 'large_data_slow', 37: 'large_data_bulk_slow' },
    ...mariadb,
    ...preferR1,
    serverArgs: ['--max-relay-log-size=65536'],
    acts: [
      {
        steps: [...insert(99, 'all'), ...stopReceiving('r1'), ...insert(900, 100), ...update(), ...update()],
        trigger: crash,
        expect: r1Takes,
      },
    ],
  },
  {
    title: 'among equals one that is held back is passed over',
    tests: { 38: 'large_data_slow2' },
    ...mariadb,
    rules: { r3: 'prefer_not', r4: 'prefer_not' },
    acts: [
      {
        steps: [...delay('r1'), ...insert(999, 'all')],
        trigger: crash,
        expect: { result: 'ok', primary: 'r2', rows: 1001 },
      },
    ],
  },
  {
    title: 'no survivor applies, and the preferred one does not receive either',
    tests: { 39: 'large_data_slow3' },
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [
          ...insert(99, 'all'),
          ...stopReceiving('r1'),
          ...stopApplying('r1', 'r2', 'r3', 'r4'),
          ...insert(900, 100),
        ],
        trigger: crash,
        expect: r1Takes,
      },
    ],
  },
  {
    title: 'a survivor whose applier was stopped by hand applies again',
    tests: { 40: 'large_data_sql_stop' },
    ...mariadb,
    ...preferR1,
    acts: [{ steps: [...stopApplying('r2'), ...insert(999, 100)], trigger: crash, expect: r1Takes }],
  },
  {
    title: 'and one that then stops at a row of its own is left behind, and said to be',
    tests: { 41: 'large_data_sql_fail' },
    differs: {
      mha: 'leaves S2 under the dead primary',
      ours: 'it is put under the new one, where it goes on once the row is gone',
    },
    ...mariadb,
    ...preferR1,
    ...soonGivenUp,
    acts: [
      {
        steps: [...stopApplying('r2'), ...breakApplying('r2', 950), ...insert(999, 100)],
        trigger: crash,
        expect: { ...r1Takes, result: 'partial', apart: { r2: { rows: 902, source: 'r1' } } },
      },
    ],
  },
];
