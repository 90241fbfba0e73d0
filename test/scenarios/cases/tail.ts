/** What only the dead primary's own log has. */
import type { Scenario } from '../scenario.ts';
import { hideLog, insert, showLog, stopReceiving } from '../steps.ts';
import { binaryText, crash, mariadb, onBoth, preferR1 } from './common.ts';

export const tail: readonly Scenario[] = [
  {
    title: 'no replica received the last five rows: they come from its log',
    tests: { 42: 'save_master_log' },
    ...onBoth,
    ...preferR1,
    agent: true,
    acts: [
      {
        steps: [...stopReceiving('r1', 'r2', 'r3', 'r4'), ...insert(4), ...insert(1, 'one', binaryText)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 7, loss: 'none' },
      },
    ],
  },
  {
    title: 'its log cannot be read at first: nothing is promoted before it can',
    tests: { 45: 'save_binlog_gtid' },
    ...mariadb,
    replicas: 2,
    ...preferR1,
    agent: true,
    acts: [
      {
        steps: [...stopReceiving('r1', 'r2'), ...insert(5), ...hideLog('p')],
        trigger: crash,
        expect: { result: 'rolled-back', code: 'loss-not-accepted' },
      },
      {
        steps: showLog('p'),
        trigger: { ask: 'failover' },
        expect: { result: 'ok', primary: 'r1', rows: 7, loss: 'none' },
      },
    ],
  },
  {
    title: 'its log is gone for good: only with a person’s word, and the loss is named',
    tests: { 46: 'data_io_error' },
    differs: {
      mha: 'an option given beforehand (--ignore_binlog_server_error) lets it go on, and it does not say what is lost',
      ours: 'the policy refuses; who accepts the loss is written down, with the transactions',
    },
    ...mariadb,
    replicas: 2,
    ...preferR1,
    agent: true,
    acts: [
      {
        steps: [...insert(1), ...stopReceiving('r1', 'r2'), ...insert(1), ...hideLog('p')],
        trigger: crash,
        expect: { result: 'rolled-back', code: 'loss-not-accepted' },
      },
      {
        steps: [],
        trigger: { ask: 'failover', acceptDataLoss: true },
        expect: { result: 'ok', primary: 'r1', rows: 3, loss: 'known' },
      },
    ],
  },
];
