import { describe, expect, it } from 'vitest';
import { sampleTarget } from '../src/contract/sample-target.ts';
import { samplePlan } from '../src/contract/samples.ts';
import { operationId } from '../src/core/identity.ts';
import type { JournalEntry, JournalEvent } from '../src/core/operation.ts';
import type { Phase, Plan, Step } from '../src/core/plan.ts';
import { phaseTimes } from './phase-times.ts';

const step = (id: string, phase: Phase, after: readonly string[] = []): Step => ({
  id,
  phase,
  after,
  action: { verb: 'verify' },
  title: id,
  deadlineMs: 1000,
  onFailure: 'roll-back',
});

const planOf = (...steps: Step[]): Plan => samplePlan({ steps });

const journalOf = (...events: JournalEvent[]): JournalEntry[] =>
  events.map((what, sequence) => ({ operation: operationId('op'), sequence, at: 0, what }));

const done = (id: string, ms: number): JournalEvent => ({ event: 'step-done', step: id, ms });

describe('phaseTimes', () => {
  it('counts the longest of the steps that run side by side', () => {
    const plan = planOf(step('a', 'approach'), step('b', 'approach'));
    expect(phaseTimes(plan, journalOf(done('a', 3), done('b', 8)))).toEqual({ approach: 8 });
  });

  it('adds up the steps that wait for each other', () => {
    const plan = planOf(step('a', 'approach'), step('b', 'approach'), step('c', 'approach', ['a', 'b']));
    expect(phaseTimes(plan, journalOf(done('a', 3), done('b', 8), done('c', 2)))).toEqual({ approach: 10 });
  });

  it('keeps the phases apart, and leaves out those that did not come to an end', () => {
    const plan = planOf(step('a', 'freeze'), step('b', 'reach'), step('c', 'promote'));
    const journal = journalOf(done('a', 1.5), done('b', 2.5), { event: 'step-started', step: 'c' });
    expect(phaseTimes(plan, journal)).toEqual({ freeze: 1.5, reach: 2.5 });
  });

  it('tells the drain, which holds nobody, apart from the freeze that waits for it', () => {
    const server = sampleTarget('db1');
    const drain: Step = {
      ...step('drain:db1', 'freeze'),
      action: { verb: 'drain', server, graceMs: 500, afterGrace: 'end' },
    };
    const plan = planOf(drain, step('freeze:db1', 'freeze', ['drain:db1']));
    expect(phaseTimes(plan, journalOf(done('drain:db1', 110), done('freeze:db1', 4)))).toEqual({
      drain: 110,
      freeze: 4,
    });
  });

  it('counts the time of a step that failed and was carried forward', () => {
    const error = { code: 'internal', message: '' };
    const failed: JournalEvent = { event: 'step-failed', step: 'a', ms: 30, error };
    expect(phaseTimes(planOf(step('a', 'follow')), journalOf(failed))).toEqual({ follow: 30 });
  });
});
