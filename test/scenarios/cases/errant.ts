/** Transactions that the primary never had; after the tables in Vitess's `emergency_reparenter_test.go`. */
import type { Scenario } from '../scenario.ts';
import { errantWrite, insert, startServer, stopReceiving } from '../steps.ts';
import { crash, onBoth, preferR1 } from './common.ts';

export const errant: readonly Scenario[] = [
  {
    title: 'a user wrote to every replica: nobody is promoted',
    tests: {},
    ...onBoth,
    replicas: 2,
    acts: [
      {
        steps: [...errantWrite('r1'), ...errantWrite('r2')],
        trigger: crash,
        expect: { result: 'refused', codes: ['no-survivor', 'candidate-errant'] },
      },
    ],
  },
  {
    title: 'a user wrote to the preferred replica: another takes over, and gets nothing of it',
    tests: {},
    ...onBoth,
    replicas: 3,
    rules: { r1: 'prefer', r3: 'prefer_not' },
    acts: [
      {
        steps: errantWrite('r1'),
        trigger: { ask: 'switchover', to: 'r1' },
        expect: { result: 'refused', codes: ['candidate-errant'] },
      },
      {
        steps: [],
        trigger: crash,
        expect: { result: 'ok', primary: 'r2', rows: 2, apart: { r1: { rows: 1, source: 'p' } } },
      },
    ],
  },
  {
    title: 'only a server that a user wrote to has the last rows: not without a person’s word',
    tests: {},
    engines: ['mysql'],
    replicas: 2,
    acts: [
      {
        steps: [...stopReceiving('r2'), ...errantWrite('r1'), ...insert(50)],
        trigger: crash,
        expect: { result: 'rolled-back', code: 'loss-not-accepted' },
      },
      {
        steps: [],
        trigger: { ask: 'failover', acceptDataLoss: true },
        expect: {
          result: 'ok',
          primary: 'r2',
          rows: 2,
          loss: 'known',
          apart: { r1: { rows: 51, source: 'p' } },
        },
      },
    ],
  },
  {
    title: 'the old primary comes back with nothing of its own, and follows',
    tests: {},
    ...onBoth,
    replicas: 2,
    ...preferR1,
    acts: [
      { steps: insert(3), trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 5 } },
      {
        steps: startServer('p'),
        trigger: { ask: 'rejoin', server: 'p' },
        expect: { result: 'rejoined', primary: 'r1' },
      },
    ],
  },
];
