/** Switchovers: the primary lives. MHA's `master_switch --master_state=alive`. */
import type { Scenario } from '../scenario.ts';
import {
  filterLogging,
  holdLock,
  insert,
  longQuery,
  makeReadOnly,
  makeWritable,
  startApplying,
  startServer,
  stopApplying,
} from '../steps.ts';
import { mariadb, onBoth } from './common.ts';

const toR1 = { ask: 'switchover', to: 'r1' } as const;

export const online: readonly Scenario[] = [
  {
    title: 'handed over; the old primary follows the new one',
    tests: { 77: 'online_normal', 78: 'online_slave' },
    differs: {
      mha: 'the old primary is only made a replica with --orig_master_is_new_slave',
      ours: 'it always is',
    },
    ...onBoth,
    acts: [{ steps: [], trigger: toR1, expect: { result: 'ok', primary: 'r1', rows: 2 } }],
  },
  {
    title: 'a sibling’s applier is stopped: refused until it runs',
    tests: { 81: 'online_slave_sql_stop' },
    ...onBoth,
    replicas: 2,
    acts: [
      {
        steps: stopApplying('r2'),
        trigger: toR1,
        expect: { result: 'refused', codes: ['sibling-broken'] },
      },
      { steps: startApplying('r2'), trigger: toR1, expect: { result: 'ok', primary: 'r1', rows: 2 } },
    ],
  },
  {
    title: 'long queries on the candidate and a transaction that holds locks on the primary',
    tests: { 82: 'online_busy' },
    differs: {
      mha: 'refuses while there are long queries or locks',
      ours: 'readers are in nobody’s way, and a transaction gets the grace period and is then ended',
    },
    ...mariadb,
    replicas: 2,
    acts: [
      {
        steps: [...longQuery('r1'), ...holdLock('p')],
        trigger: toR1,
        expect: { result: 'ok', primary: 'r1', rows: 2 },
      },
    ],
  },
  {
    title: 'the primary logs only part: refused, twice, and nothing is changed by it',
    tests: { 83: 'online_filter' },
    ...mariadb,
    replicas: 2,
    acts: [
      {
        steps: filterLogging('p'),
        trigger: toR1,
        expect: { result: 'refused', codes: ['primary-filtered'] },
      },
      { steps: [], trigger: toR1, expect: { result: 'refused', codes: ['primary-filtered'] } },
      { steps: startServer('p'), trigger: toR1, expect: { result: 'ok', primary: 'r1', rows: 2 } },
    ],
  },
  {
    title: 'a pair is not switched over, whichever of the two is writable',
    tests: {
      84: 'online_mm',
      85: 'online_mm_skip_reset',
      89: 'online_mm_3tier',
      90: 'online_mm_3tier_slave',
    },
    differs: {
      mha: 'hands over to a half that is read-only',
      ours: 'both may hold writes that the other lacks, and one frozen position does not cover both',
    },
    ...mariadb,
    replicas: 3,
    under: { p: 'r1', r2: 'r1' },
    acts: [
      { steps: [], trigger: toR1, expect: { result: 'refused', codes: ['co-primaries'] } },
      {
        steps: makeWritable('r1'),
        trigger: toR1,
        expect: { result: 'refused', codes: ['co-primaries'] },
      },
      {
        steps: makeReadOnly('p', 'r1'),
        trigger: toR1,
        expect: { result: 'refused', codes: ['co-primaries'] },
      },
    ],
  },
  {
    title: 'a replica of the candidate stays where it is',
    tests: { 86: 'online_3tier', 87: 'online_3tier_slave' },
    differs: {
      mha: 'needs multi_tier_slave in the configuration',
      ours: 'what is under the new primary already is where it belongs',
    },
    ...mariadb,
    replicas: 3,
    under: { r2: 'r1' },
    acts: [{ steps: insert(1), trigger: toR1, expect: { result: 'ok', primary: 'r1', rows: 3 } }],
  },
];
