/** Survivors that have not received the same; MHA's "needsync". */
import type { Scenario } from '../scenario.ts';
import { insert, rotateLog, rotateRelayLog, startReceiving, stopReceiving } from '../steps.ts';
import { crash, mariadb, onBoth, preferR1, rollbackText } from './common.ts';

const smallRelayLogs = { serverArgs: ['--max-relay-log-size=8192'] } as const;
const eligible = {
  mha: 'S1 is not eligible: it stands in another file of the log than the others (not GTID); S2 takes over',
  ours: 'with GTID files do not matter: the preferred one gets what it lacks from a sibling',
} as const;

export const received: readonly Scenario[] = [
  {
    title: 'the preferred survivor lacks a row that the others have',
    tests: { 12: 'needsync_1' },
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r1'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'it lacks two thirds of the rows (200 of 300; MHA: 2,000 of 3,000)',
    tests: { 17: 'needsync_2' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...insert(99), ...stopReceiving('r1'), ...insert(200)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 301 },
      },
    ],
  },
  {
    title: 'the log was rotated after it had stopped receiving',
    tests: { 21: 'needsync_flush', 25: 'needsync_fail' },
    differs: {
      mha: `${eligible.mha}; aborts when no replica kept its relay logs`,
      ours: `${eligible.ours}, whose own log has it, relay logs or not`,
    },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r1'), ...rotateLog('p'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'as before, and the rows have the word ROLLBACK in them',
    tests: { 22: 'needsync_flush2' },
    differs: eligible,
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r1'), ...rotateLog('p'), ...insert(4, 'one', rollbackText)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 6 },
      },
    ],
  },
  {
    title: 'as before, and the second lacks the last row, too: two siblings differ from the rest',
    tests: { 23: 'needsync_flush3' },
    differs: eligible,
    ...onBoth,
    ...preferR1,
    acts: [
      {
        steps: [
          ...stopReceiving('r1'),
          ...rotateLog('p'),
          ...insert(4, 'one', rollbackText),
          ...stopReceiving('r2'),
          ...insert(1),
        ],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 7 },
      },
    ],
  },
  {
    title: 'the siblings rotated their relay logs five times in between',
    tests: { 24: 'needsync_flush_slave' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [
          ...stopReceiving('r1'),
          ...Array.from({ length: 5 }, () => rotateRelayLog('r2', 'r3', 'r4')).flat(),
          ...insert(1),
        ],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'three tiers of received rows, the last ones on the dead primary alone',
    tests: { 26: 'needsync_binlog' },
    ...mariadb,
    ...preferR1,
    agent: true,
    acts: [
      {
        steps: [
          ...insert(99),
          ...stopReceiving('r3', 'r4'),
          ...insert(100),
          ...stopReceiving('r1', 'r2'),
          ...insert(100),
        ],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 301, loss: 'none' },
      },
    ],
  },
  {
    title: 'relay logs of 8 KiB, purged as soon as they are applied',
    tests: { 27: 'no_relay_log', 28: 'no_relay_log_gtid' },
    differs: {
      mha: 'without GTID refuses: what S1 lacks is in no relay log any more; with GTID as ours',
      ours: 'what a survivor applied is in its own log',
    },
    ...mariadb,
    ...smallRelayLogs,
    ...preferR1,
    acts: [
      {
        steps: [...insert(99), ...stopReceiving('r1'), ...insert(200)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 301 },
      },
    ],
  },
  {
    title: 'relay logs of 8 KiB that are kept',
    tests: { 29: 'apply_many_logs', 30: 'apply_many_logs2', 31: 'apply_many_logs3' },
    differs: {
      mha: 'who takes over depends on which replicas keep relay logs',
      ours: 'it does not; these three are one',
    },
    ...mariadb,
    serverArgs: [...smallRelayLogs.serverArgs, '--relay-log-purge=OFF'],
    ...preferR1,
    acts: [
      {
        steps: [...insert(99), ...stopReceiving('r1'), ...insert(200)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 301 },
      },
    ],
  },
  {
    title: 'a replica that had stopped receiving and takes it up again before the end lacks nothing',
    tests: {},
    ...mariadb,
    replicas: 2,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r1'), ...insert(20), ...startReceiving('r1')],
        trigger: { ask: 'failover', after: 'host' },
        expect: { result: 'ok', primary: 'r1', rows: 22 },
      },
    ],
  },
];
