/** MHA's plain failovers, and topologies that it refuses. */
import type { Scenario } from '../scenario.ts';
import {
  filterReceiving,
  forgetSource,
  insert,
  killServer,
  startServer,
  stopReceiving,
  stopServer,
} from '../steps.ts';
import { binaryText, crash, mariadb, onBoth, preferR1 } from './common.ts';

export const plain: readonly Scenario[] = [
  {
    title: 'the primary is killed, and nothing else is wrong',
    tests: { 1: 'normal_crash' },
    ...onBoth,
    ...preferR1,
    acts: [{ steps: [], trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 2 } }],
  },
  {
    title: 'asked for while the primary lives, then for a server that is down, then for it when it is back',
    tests: { 3: 'manual' },
    differs: {
      mha: 'with the primary dead, refuses for as long as S1 is down, whoever is to take over',
      ours: 'refuses only what was asked for: without a name another survivor would have taken over',
    },
    ...mariadb,
    acts: [
      { steps: [], trigger: { ask: 'failover' }, expect: { result: 'refused', codes: ['primary-alive'] } },
      {
        steps: [...insert(1), ...killServer('p'), ...stopServer('r1')],
        trigger: { ask: 'failover', to: 'r1' },
        expect: { result: 'refused', codes: ['candidate-unreachable'] },
      },
      {
        steps: startServer('r1'),
        trigger: { ask: 'failover', to: 'r1' },
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'a row of binary data passes whole, to a replica that had stopped receiving as well',
    tests: { 4: 'binary' },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...stopReceiving('r2'), ...insert(1, 'one', binaryText)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3 },
      },
    ],
  },
  {
    title: 'a replica that replicates from nobody is in the way of a switchover, and none of a failover',
    tests: { 8: 'dual_master_error' },
    differs: {
      mha: 'refuses while two servers replicate from nobody',
      ours: 'the one that is read-only and feeds nobody was not the primary: which one died is known',
    },
    ...mariadb,
    replicas: 3,
    rules: { r2: 'prefer' },
    acts: [
      {
        steps: forgetSource('r1'),
        trigger: { ask: 'switchover', to: 'r2' },
        expect: { result: 'refused', codes: ['several-primaries'] },
      },
      {
        steps: [],
        trigger: crash,
        expect: { result: 'ok', primary: 'r2', rows: 2, apart: { r1: { rows: 1 } } },
      },
    ],
  },
  {
    title: 'a replica that filters is not promoted, and does not keep another from it',
    tests: { 9: 'filter_incorrect' },
    differs: {
      mha: 'does not even start while filters differ',
      ours: 'it is told as a finding, and that server is passed over: the others are none the worse',
    },
    ...onBoth,
    replicas: 2,
    ...preferR1,
    acts: [
      {
        steps: filterReceiving('r1'),
        trigger: { ask: 'nothing' },
        expect: { result: 'found', codes: ['filters-differ'] },
      },
      {
        steps: [],
        trigger: { ask: 'switchover', to: 'r1' },
        expect: { result: 'refused', codes: ['candidate-filtered'] },
      },
      { steps: [], trigger: crash, expect: { result: 'ok', primary: 'r2', rows: 2 } },
    ],
  },
  {
    title: 'one replica has no source, another has stopped receiving',
    tests: { 10: 'slave_incorrect' },
    differs: {
      mha: 'refuses, with the primary alive and dead',
      ours: 'the one without a source is left where it is, the other gets what it lacks from a sibling',
    },
    ...mariadb,
    ...preferR1,
    acts: [
      {
        steps: [...forgetSource('r3'), ...stopReceiving('r1'), ...insert(1)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 3, apart: { r3: { rows: 1 } } },
      },
    ],
  },
  {
    title: 'a replica is down: no switchover; once it is back it takes over',
    tests: { 11: 'slave_stop' },
    ...mariadb,
    replicas: 3,
    ...preferR1,
    acts: [
      {
        steps: stopServer('r1'),
        trigger: { ask: 'switchover', to: 'r2' },
        expect: { result: 'refused', codes: ['sibling-unreachable'] },
      },
      { steps: startServer('r1'), trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 2 } },
    ],
  },
];
