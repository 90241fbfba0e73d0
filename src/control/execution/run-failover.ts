/**
 * Runs a failover to its end. Until the promotion every step is safe to repeat, so one that another controller left
 * is begun anew: it asks first whether the old primary is still dead.
 */

import { Fault } from '../../contract/errors.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Flag, Loss, Unmet } from '../../core/operation.ts';
import type { Phase, Plan, Step } from '../../core/plan.ts';
import type { HookSettings } from '../../core/policy.ts';
import { repairFor } from '../../core/switchover/repair.ts';
import { amount } from '../../core/wording.ts';
import { awaitElection, handOverOf } from './await-election.ts';
import { putDown } from './put-down.ts';
import {
  goBack as backWith,
  certainlyNotDone,
  type Finished,
  leftToRepair,
  lookMs,
  markPromoted,
  recordPromotion,
  runAfterPromotion,
  runUntilFailure,
  stepsOf,
} from './run-phases.ts';
import { type Execution, runPhase } from './run-steps.ts';

const before: readonly Phase[] = ['confirm', 'fence', 'gather', 'salvage', 'level'];

/** How long a candidate that fell silent while it was promoted is asked before it is told in the journal. */
const patienceMs = 5000;
const longestPauseMs = 2000;
/** For the last look at a primary that nothing has fenced. */
const lastLookMs = 300;

export async function runFailover(execution: Execution): Promise<Finished> {
  const failure = await runUntilFailure(execution, before);
  return failure ? goBack(execution, failure.fault) : promote(execution);
}

export async function resumeFailover(execution: Execution, interruption: Fault): Promise<Finished> {
  const { progress, plan } = execution;
  if (progress.done(plan.pointOfNoReturn)) return carryOn(execution);
  if (progress.rollingBack) {
    const back = await goBack(execution, interruption);
    // Why it went back is not known any more: its candidate may have been put down.
    return progress.begun(plan.pointOfNoReturn) ? { ...back, putDown: 'the controller that ran it' } : back;
  }
  const fenced = stepsOf(execution, 'fence').some(({ id }) => progress.begun(id));
  // The intent to fence is flushed before anything that follows it: without it nothing was promoted.
  const uncertain = (fenced || handOverOf(plan) !== undefined) && !execution.journalComplete;
  if (progress.begun(plan.pointOfNoReturn) || uncertain) {
    const fate = await fateOfCandidate(execution);
    if (fate.is === 'writable') {
      await recordPromotion(execution);
      return carryOn(execution);
    }
    if (fate.is === 'put-down') return goBackWithout(execution, interruption, fate);
  }
  for (const phase of [...before, 'promote' as const]) {
    for (const step of stepsOf(execution, phase)) progress.redo(step.id);
  }
  return runFailover(execution);
}

async function promote(execution: Execution): Promise<Finished> {
  const back = await cameBack(execution);
  if (back) return goBack(execution, back);
  const [failed] = await runPhase(execution, stepsOf(execution, 'promote'));
  if (failed) {
    if (certainlyNotDone(failed.fault)) return goBack(execution, failed.fault);
    const fate = await fateOfCandidate(execution);
    if (fate.is === 'put-down') return goBackWithout(execution, failed.fault, fate);
    if (fate.is === 'read-only') return goBack(execution, failed.fault);
    await recordPromotion(execution);
  }
  markPromoted(execution);
  return carryOn(execution);
}

/**
 * A primary that nothing could fence may have come back while its log was waited for: it is asked once more. One that
 * answers takes writes, or will in a moment (simulator seed 40103).
 */
async function cameBack(execution: Execution): Promise<Fault | undefined> {
  const { surroundings, plan, stop } = execution;
  if (unfenced(execution) === undefined) return undefined;
  const { clock, assertAllowed } = surroundings;
  const call = { signal: stop, deadlineMs: lastLookMs, assertAllowed };
  try {
    await withDeadline(clock, call, 'look', (signal) =>
      surroundings.link(plan.from).probe({ ...call, signal }),
    );
  } catch {
    stop.throwIfAborted();
    return undefined;
  }
  return new Fault('primary-alive', `${plan.from.name} answers again, and nothing could fence it`);
}

/** The step that was to fence the old primary and could not; one that could be made read-only has answered. */
function unfenced({ plan, progress }: Execution): Step | undefined {
  const fence = plan.steps.find(({ action }) => action.verb === 'fence');
  const means = fence && progress.outputs.get(fence.id)?.fence;
  return means === undefined || means === 'none' || means === 'read-only' ? fence : undefined;
}

/** Where the plan promised a fence and there is none, a person has to know; where it promised none, its warnings say so. */
function brokenPromise(execution: Execution): readonly Flag[] {
  const fence = unfenced(execution);
  if (fence?.action.verb !== 'fence' || (!fence.action.agent && fence.action.hooks.length === 0)) return [];
  const { server } = fence.action;
  const why = execution.progress.outputs.get(fence.id)?.note ?? 'no means answered';
  const problem = {
    code: 'agent-unreachable',
    message: `nothing keeps it from coming back writable: ${why}`,
  };
  return [{ step: fence.id, server: server.name, problem, repair: repairFor(fence) }];
}

/** One that was put down may have been writable before that. */
type Fate = { readonly is: 'writable' | 'read-only' } | PutDown;

interface PutDown {
  readonly is: 'put-down';
  readonly by: string;
  readonly unmet?: Unmet | undefined;
}

async function fateOfCandidate(execution: Execution): Promise<Fate> {
  const among = handOverOf(execution.plan);
  if (among) return { is: (await awaitElection(execution, among)) === 'elected' ? 'writable' : 'read-only' };
  const fate = await askCandidate(execution);
  execution.abandonment.knows();
  return fate;
}

/**
 * Asks the candidate until it answers. Before a negative answer is believed, statements still under way on it are
 * ended. One that stays silent can only be given up once its own agent or a hook has put it down, or by a person.
 */
async function askCandidate(execution: Execution): Promise<Fate> {
  const { surroundings, plan, stop, journal } = execution;
  const { clock } = surroundings;
  const call = { signal: stop, deadlineMs: lookMs, assertAllowed: surroundings.assertAllowed };
  const began = clock.monotonic();
  let told = false;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await surroundings.link(plan.to).takeOver(call);
      const seen = await withDeadline(clock, call, 'look', (signal) =>
        surroundings.link(plan.to).probe({ ...call, signal }),
      );
      return { is: seen.writeMode === 'writable' ? 'writable' : 'read-only' };
    } catch {
      stop.throwIfAborted();
    }
    const impatient = clock.monotonic() - began > patienceMs;
    if (impatient) {
      const means = { agent: surroundings.agent(plan.to), agentMs: lookMs, hooks: told ? [] : hooksOf(plan) };
      const { fence, unmet } = await putDown(plan.to, means, execution, call);
      if (fence === 'agent') return { is: 'put-down', by: 'the agent on its host', unmet };
      if (fence === 'hook') return { is: 'put-down', by: 'a fence hook' };
    }
    if (impatient && !told) {
      told = true;
      execution.abandonment.waits();
      const note = `waiting for ${plan.to.name}: it may have become writable before it fell silent. If it is gone for good: dauphin abandon ${execution.operation}`;
      await journal.note({ event: 'resumed', note });
    }
    await execution.abandonment.pause(clock, pauseMs, stop);
  }
}

/** As those of a dead primary: once one says so, the candidate acknowledges nothing any more, and will not by itself. */
function hooksOf({ steps }: Plan): readonly HookSettings[] {
  const fence = steps.find(({ action }) => action.verb === 'fence')?.action;
  return fence?.verb === 'fence' ? fence.hooks : [];
}

/** It may stay down: then a person has to know. */
async function goBackWithout(execution: Execution, fault: Fault, { by, unmet }: PutDown): Promise<Finished> {
  const { to, pointOfNoReturn } = execution.plan;
  const back = await goBack(execution, fault);
  if (!unmet) return { ...back, putDown: by };
  const flags = [...back.outcome.flags, { step: pointOfNoReturn, server: to.name, ...unmet }];
  return { ...back, putDown: by, outcome: { ...back.outcome, flags } };
}

async function carryOn(execution: Execution): Promise<Finished> {
  const flags = [...(await runAfterPromotion(execution)), ...brokenPromise(execution)];
  const { from, to, judgement } = execution.plan;
  const loss = lossOf(execution);
  const promotedAt = execution.progress.promotedAtEpoch;
  const outage = judgement && promotedAt !== undefined ? { heldMs: promotedAt - judgement.suspectedAt } : {};
  return {
    status: 'succeeded',
    outcome: {
      summary: `${to.name} is the primary, ${from.name} died${lossText(loss)}${leftToRepair(flags)}`,
      flags,
      ...outage,
      loss: loss ?? unrecorded,
    },
  };
}

/** What the candidate could not be given is counted in by the step that found it out. */
function lossOf(execution: Execution): Loss | undefined {
  const { outputs } = execution.progress;
  const [level] = stepsOf(execution, 'level');
  return (level && outputs.get(level.id)?.loss) ?? outputs.get('assess')?.loss;
}

/** After a crash of the controller's machine; the lines of those moments were not on its disk yet. */
const unrecorded: Loss = {
  verdict: 'possible',
  transactions: 0,
  names: '',
  because: 'the record of what was weighed is lost with a crash of the controller’s machine',
};

function lossText(loss: Loss | undefined): string {
  if (!loss) return '; what was lost is not on record';
  if (loss.verdict === 'none') return '; nothing acknowledged was lost';
  if (loss.verdict === 'possible') return `; it cannot be ruled out that writes were lost: ${loss.because}`;
  const lost = amount({ ...loss, count: loss.transactions });
  return `; at least ${lost} lost: ${loss.names}`;
}

function goBack(execution: Execution, fault: Fault): Promise<Finished> {
  const { from, to } = execution.plan;
  return backWith(execution, fault, () => `${to.name} was not promoted and ${from.name} is not replaced`);
}
