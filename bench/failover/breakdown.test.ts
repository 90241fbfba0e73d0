import { describe, expect, it } from 'vitest';
import { sampleTarget } from '../../src/contract/sample-target.ts';
import { sampleJournal, sampleOperation, samplePlan } from '../../src/contract/samples.ts';
import type { Judgement } from '../../src/core/detection/testimony.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Phase, Step } from '../../src/core/plan.ts';
import { breakdownOf } from './breakdown.ts';

const ACT_AT = 1_000_000;

const judgement: Judgement = {
  verdict: 'dead',
  rule: 'gone',
  because: 'two witnesses say so',
  testimonies: [],
  suspectedAt: ACT_AT + 4,
  judgedAt: ACT_AT + 31,
};

const step = (id: string, phase: Phase, after: readonly string[] = []): Step => ({
  id,
  phase,
  after,
  action: { verb: 'gather', server: sampleTarget('db2') },
  title: id,
  deadlineMs: 1000,
  onFailure: 'roll-back',
});

const operationOf = (...steps: readonly Step[]): Operation =>
  sampleOperation({ plan: samplePlan({ kind: 'failover', judgement, steps }) });

const done = (id: string, ms: number) => ({ event: 'step-done', step: id, ms }) as const;

describe('breakdownOf', () => {
  it('counts the detection from the act to the verdict, and each phase by itself', () => {
    const operation = operationOf(step('confirm:db1', 'confirm'), step('promote:db2', 'promote'));
    const journal = sampleJournal(done('confirm:db1', 12), done('promote:db2', 3));
    expect(breakdownOf(operation, journal, { actAt: ACT_AT })).toEqual({
      detect: 31,
      confirm: 12,
      promote: 3,
    });
  });

  it('counts the slowest of the survivors that are asked side by side', () => {
    const operation = operationOf(step('a', 'gather'), step('b', 'gather'));
    expect(
      breakdownOf(operation, sampleJournal(done('a', 5), done('b', 9)), { actAt: ACT_AT }),
    ).toMatchObject({
      gather: 9,
    });
  });

  it('leaves out what comes after the release, where nobody waits any more', () => {
    const operation = operationOf(step('a', 'release'), step('b', 'follow'));
    const journal = sampleJournal(done('a', 5), done('b', 900));
    expect(breakdownOf(operation, journal, { actAt: ACT_AT })).toEqual({ detect: 31, release: 5 });
  });

  it('counts what lies between the verdict and the first step', () => {
    const operation = operationOf(step('confirm:db1', 'confirm'));
    const [line] = sampleJournal({ event: 'step-started', step: 'confirm:db1' });
    if (line === undefined) throw new Error('one line');
    const journal = [{ ...line, at: judgement.judgedAt + 18 }];
    expect(breakdownOf(operation, journal, { actAt: ACT_AT })).toEqual({ detect: 31, begin: 18 });
  });

  it('tells what the pause has beside all of it; the release comes when writes flow again', () => {
    const operation = operationOf(step('a', 'promote'), step('b', 'release'));
    const journal = sampleJournal(done('a', 5), done('b', 60));
    expect(breakdownOf(operation, journal, { actAt: ACT_AT, pauseMs: 50 })).toEqual({
      detect: 31,
      promote: 5,
      release: 60,
      rest: 14,
    });
  });

  it('is never less than nothing when two clocks differ by a little', () => {
    expect(breakdownOf(operationOf(), [], { actAt: ACT_AT + 32 })).toEqual({ detect: 0 });
  });

  it('knows nothing of an operation without a plan', () => {
    const { plan: _plan, ...planless } = operationOf();
    expect(breakdownOf(planless, [], { actAt: ACT_AT })).toEqual({});
  });
});
