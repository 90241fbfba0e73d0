/** Pairs of primaries, and replicas of replicas. */
import type { Scenario } from '../scenario.ts';
import { insert, makeReadOnly, makeWritable, stopServer } from '../steps.ts';
import { crash, mariadb, onBoth } from './common.ts';

const othersGoOn = 'a survivor that is not there never holds up those that are';

export const pairsAndTiers: readonly Scenario[] = [
  {
    title: 'the read-only half of a pair takes over',
    tests: { 65: 'mm_normal' },
    ...onBoth,
    under: { p: 'r1' },
    acts: [{ steps: insert(2), trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 4 } }],
  },
  {
    title: 'a pair of which both are writable, or none: which one is the primary is not known',
    tests: { 66: 'mm', 67: 'mm_ro_fail' },
    ...mariadb,
    under: { p: 'r1' },
    acts: [
      {
        steps: makeWritable('r1'),
        trigger: { ask: 'failover' },
        expect: { result: 'refused', codes: ['no-primary'] },
      },
      {
        steps: makeReadOnly('p', 'r1'),
        trigger: { ask: 'failover' },
        expect: { result: 'refused', codes: ['no-primary'] },
      },
      {
        steps: [...makeWritable('p'), ...insert(5)],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 7 },
      },
    ],
  },
  {
    title: 'a pair without any other replica',
    tests: { 68: 'mm_noslaves' },
    ...mariadb,
    replicas: 1,
    under: { p: 'r1' },
    acts: [{ steps: insert(5), trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 7 } }],
  },
  {
    title: 'the other half of the pair is down when the primary dies',
    tests: { 70: 'mm_subm_dead' },
    differs: {
      mha: 'refuses, or takes the half that is down for the primary',
      ours: `the dead one was the writable one, and a replica of it takes over: ${othersGoOn}`,
    },
    ...mariadb,
    rules: { r2: 'prefer' },
    under: { p: 'r1' },
    acts: [
      {
        steps: [...insert(1), ...stopServer('r1')],
        trigger: crash,
        expect: { result: 'ok', primary: 'r2', rows: 3 },
      },
    ],
  },
  {
    title: 'and so is another replica',
    tests: { 71: 'mm_subm_dead_many' },
    differs: { mha: 'refuses', ours: othersGoOn },
    ...mariadb,
    rules: { r3: 'prefer' },
    under: { p: 'r1' },
    acts: [
      {
        steps: [...insert(1), ...stopServer('r1', 'r2')],
        trigger: crash,
        expect: { result: 'ok', primary: 'r3', rows: 3 },
      },
    ],
  },
  {
    title: 'both halves of a pair are down, and there is nobody else',
    tests: { 72: 'mm_subm_dead_noslave' },
    differs: {
      mha: 'takes the half that is down for the primary and the living one for its replica',
      ours: 'with no server left nothing can be promoted, and one that is alone says nothing of the other',
    },
    ...mariadb,
    replicas: 1,
    under: { p: 'r1' },
    acts: [
      {
        steps: stopServer('r1'),
        trigger: crash,
        expect: { result: 'refused', codes: ['primary-unsure'] },
      },
    ],
  },
  {
    title: 'a pair with a replica under its other half: it stays there',
    tests: { 73: 'mm_3tier' },
    ...mariadb,
    under: { p: 'r1', r2: 'r1' },
    acts: [{ steps: insert(1), trigger: crash, expect: { result: 'ok', primary: 'r1', rows: 3 } }],
  },
  {
    title: 'that half is down: a direct replica takes over, and what was under it waits there',
    tests: { 74: 'mm_3tier_subm_dead' },
    differs: { mha: 'refuses', ours: othersGoOn },
    ...mariadb,
    rules: { r3: 'prefer' },
    under: { p: 'r1', r2: 'r1' },
    acts: [
      {
        steps: [...insert(1), ...stopServer('r1')],
        trigger: crash,
        expect: { result: 'ok', primary: 'r3', rows: 3, apart: { r2: { rows: 2, source: 'r1' } } },
      },
    ],
  },
  {
    title: 'four tiers: what is under the new primary stays as it is',
    tests: { 75: '4tier' },
    ...mariadb,
    rules: { r1: 'prefer' },
    under: { r2: 'r1', r3: 'r2' },
    acts: [
      {
        steps: insert(2),
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 4, follows: { r2: 'r1', r3: 'r2', r4: 'r1' } },
      },
    ],
  },
  {
    title: 'four tiers, the third down: what is under it waits there',
    tests: { 76: '4tier_subm_dead' },
    differs: { mha: 'refuses', ours: othersGoOn },
    ...mariadb,
    rules: { r1: 'prefer' },
    under: { r2: 'r1', r3: 'r2' },
    acts: [
      {
        steps: [...insert(2), ...stopServer('r2')],
        trigger: crash,
        expect: { result: 'ok', primary: 'r1', rows: 4, apart: { r3: { rows: 3, source: 'r2' } } },
      },
    ],
  },
];
