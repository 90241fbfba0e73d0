/** Survivors that cannot be brought level. */
import type { Scenario } from '../scenario.ts';
import {
  breakApplying,
  insert,
  purgeHistory,
  rotateLog,
  startServer,
  stopReceiving,
  stopServer,
} from '../steps.ts';
import { crash, mariadb, onBoth, preferR1, soonGivenUp } from './common.ts';

const putUnder = {
  mha: 'leaves it under the dead primary',
  ours: 'it is put under the new one, where it goes on once the row is gone',
} as const;

export const recovery: readonly Scenario[] = [
  {
    title: 'two survivors lack five rows',
    tests: { 52: 'recover_slave_ok' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r3', 'r4'), ...insert(5)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 7 },
      },
    ],
  },
  {
    title: 'one of them stops at a row of its own',
    tests: { 53: 'recover_slave_fail' },
    differs: putUnder,
    ...onBoth,
    ...preferR1,
    ...soonGivenUp,
    acts: [
      {
        steps: [...stopReceiving('r3'), ...breakApplying('r3', 4), ...insert(5)],
        trigger: crash,
        expect: { result: 'partial', primary: 'r1', rows: 7, apart: { r3: { rows: 4, source: 'r1' } } },
      },
    ],
  },
  {
    title: 'two of them do, each at another row',
    tests: { 54: 'recover_slave_fail2' },
    differs: putUnder,
    ...mariadb,
    ...preferR1,
    ...soonGivenUp,
    acts: [
      {
        steps: [
          ...stopReceiving('r3', 'r4'),
          ...breakApplying('r3', 4),
          ...breakApplying('r4', 5),
          ...insert(5),
        ],
        trigger: crash,
        expect: {
          result: 'partial',
          primary: 'r1',
          rows: 7,
          apart: { r3: { rows: 4, source: 'r1' }, r4: { rows: 5, source: 'r1' } },
        },
      },
    ],
  },
  {
    title: 'the candidate itself does: it is taken back, and the next time another takes over',
    tests: { 55: 'recover_master_fail' },
    differs: {
      mha: 'gives up; no second candidate is ever tried',
      ours: 'nothing was promoted; asked again, another takes over, and the failed one stays where it was levelled',
    },
    ...mariadb,
    rules: { r1: 'prefer', r3: 'prefer_not', r4: 'prefer_not' },
    ...soonGivenUp,
    acts: [
      {
        steps: [...stopReceiving('r1', 'r3'), ...breakApplying('r1', 4), ...insert(5)],
        trigger: crash,
        expect: { result: 'rolled-back', code: 'loss-not-accepted', but: 'r1' },
      },
      {
        steps: [],
        trigger: { ask: 'failover' },
        expect: { result: 'ok', primary: 'r2', rows: 7, apart: { r1: { rows: 4, source: 'r4' } } },
      },
    ],
  },
  {
    title: 'three rows less on the preferred one',
    tests: { 56: 'latest_recovery1' },
    ...mariadb,
    replicas: 3,
    ...preferR1,
    acts: [
      {
        steps: [...insert(1), ...stopReceiving('r1'), ...insert(2)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 5 },
      },
    ],
  },
  {
    title: 'and the log rotated in between, and one more row less on the second',
    tests: { 57: 'latest_recovery2' },
    differs: {
      mha: 'S2 takes over: S1 stands in another file of the log (not GTID)',
      ours: 'with GTID files do not matter',
    },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [
          ...insert(1),
          ...stopReceiving('r1'),
          ...rotateLog('p'),
          ...insert(2),
          ...stopReceiving('r2'),
          ...insert(1),
        ],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 6 },
      },
    ],
  },
  {
    title: 'a single survivor has the last row',
    tests: { 58: 'latest_recovery3' },
    differs: {
      mha: 'S2 takes over, as before',
      ours: 'the preferred one does, as before',
    },
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [
          ...insert(1),
          ...stopReceiving('r1'),
          ...rotateLog('p'),
          ...insert(2),
          ...stopReceiving('r2', 'r3'),
          ...insert(1),
        ],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 6 },
      },
    ],
  },
  {
    title: 'a replica is down when the primary dies, and comes back later',
    tests: { 59: 'ignore_nostart', 60: 'ignore_start', 61: 'ignore_recovery1' },
    differs: {
      mha: 'goes on only with ignore_fail of that server, and --ignore_fail_on_start',
      ours: 'one survivor that is not there never holds up the others; the plan warns of it',
    },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...stopServer('r4'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
      {
        steps: startServer('r4'),
        trigger: { ask: 'nothing' },
        expect: { result: 'found', codes: ['dead-intermediate-source'] },
      },
    ],
  },
  {
    title: 'a survivor is far behind, and relay logs are purged at once',
    tests: { 62: 'ignore_recovery2' },
    ...mariadb,
    ...preferR1,
    serverArgs: ['--max-relay-log-size=8192'],
    acts: [
      {
        steps: [...insert(99), ...stopReceiving('r3'), ...insert(200)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 301 },
      },
    ],
  },
  {
    title: 'what two survivors lack is in nobody’s log any more',
    tests: { 63: 'ignore_recovery3', 64: 'ignore_recovery4' },
    differs: {
      mha: 'goes on because both are ignore_fail, and leaves them under the dead primary',
      ours: 'goes on in any case; they are put under the new one, and are said to need a clone',
    },
    ...mariadb,
    ...preferR1,
    ...soonGivenUp,
    acts: [
      {
        steps: [
          ...insert(99),
          ...stopReceiving('r3', 'r4'),
          ...insert(200),
          ...purgeHistory('r1', 'r2'),
          ...insert(1),
        ],
        trigger: crash,
        expect: {
          result: 'partial',
          primary: 'r1',
          rows: 302,
          apart: { r3: { rows: 100, source: 'r1' }, r4: { rows: 100, source: 'r1' } },
        },
      },
    ],
  },
];
