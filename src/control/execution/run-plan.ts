/**
 * Runs a plan to its end: forward phase by phase; back on a failure before the point of no return; onward over
 * failures after it. The same code takes up an operation that another controller left.
 */

import type { Fault } from '../../contract/errors.ts';
import { formatAddress, sameAddress } from '../../core/identity.ts';
import type { Flag, OperationStatus, Outcome } from '../../core/operation.ts';
import { type Phase, phases } from '../../core/plan.ts';
import { repairFor } from '../../core/switchover/repair.ts';
import { rollBack } from './roll-back.ts';
import { type Execution, errorNote, runPhase, type StepFailure } from './run-steps.ts';
import { settle } from './settle.ts';

export interface Finished {
  readonly status: Exclude<OperationStatus, 'running' | 'refused'>;
  readonly outcome: Outcome;
}

const lookMs = 1000;
const preparing: readonly Phase[] = ['check', 'approach', 'hold'];
const frozen: readonly Phase[] = ['freeze', 'reach'];
const afterwards: readonly Phase[] = phases.slice(phases.indexOf('promote') + 1);

/** A promotion that fails for certain this often is given up. */
const promotions = 3;

export async function runPlan(execution: Execution): Promise<Finished> {
  const failure = await runUntilFailure(execution, preparing);
  return failure ? goBack(execution, failure.fault) : handOver(execution, 1);
}

/** For an operation that was left running; `interruption` says by what. Looks at the world before it acts on it. */
export async function resumePlan(execution: Execution, interruption: Fault): Promise<Finished> {
  const { progress, plan } = execution;
  if (progress.done(plan.pointOfNoReturn)) return carryOn(execution);
  const changed = await changedMeanwhile(execution);
  if (changed !== undefined) return leaveAlone(changed, interruption);
  const atRisk = frozen.some((phase) => stepsOf(execution, phase).some(({ id }) => progress.begun(id)));
  return atRisk ? settleAndGoOn(execution, interruption, 1) : goBack(execution, interruption);
}

/** A controller may have been away for long: a person may have settled things in their own way. */
async function changedMeanwhile({ surroundings, plan, stop }: Execution): Promise<string | undefined> {
  const call = { signal: stop, deadlineMs: lookMs };
  const seen = await surroundings
    .link(plan.from)
    .probe(call)
    .catch(() => undefined);
  const source = seen?.channels[0]?.source;
  // Under the candidate it is where this operation itself would have put it.
  if (!source || sameAddress(source, plan.to.address)) return undefined;
  return `${plan.from.name} replicates from ${formatAddress(source)} now`;
}

function leaveAlone(changed: string, interruption: Fault): Finished {
  return {
    status: 'failed',
    outcome: {
      summary: `the cluster was changed while no controller looked: ${changed}; nothing was touched`,
      cause: errorNote(interruption),
      flags: [],
    },
  };
}

async function handOver(execution: Execution, attempt: number): Promise<Finished> {
  const failure = await runUntilFailure(execution, frozen);
  if (failure && attempt === 1) return goBack(execution, failure.fault);
  if (failure) return settleAndGoOn(execution, failure.fault, attempt);
  const [failed] = await runPhase(execution, stepsOf(execution, 'promote'));
  if (!failed) {
    execution.progress.markPromoted(execution.surroundings.clock.monotonic());
    return carryOn(execution);
  }
  // Only the first try may be judged by its error: a later one says nothing about the one before it.
  if (attempt === 1 && certainlyNotDone(failed.fault)) return goBack(execution, failed.fault);
  return settleAndGoOn(execution, failed.fault, attempt);
}

async function settleAndGoOn(execution: Execution, fault: Fault, attempt: number): Promise<Finished> {
  const { journal, progress } = execution;
  const settled = await settle(execution);
  await journal.note({ event: 'resumed', note: `${settled.verdict}: ${settled.because}` });
  switch (settled.verdict) {
    case 'carry-on':
      // The candidate is writable; whatever the old primary was, it must not be so too.
      await recordPromotion(execution);
      await shut(execution);
      return carryOn(execution);
    case 'roll-back':
      return takeBack(execution, fault);
    case 'promote-again':
      // Going back was decided on certain knowledge, and may be half done.
      if (attempt >= promotions || progress.rollingBack) return takeBack(execution, fault);
      for (const phase of [...frozen, 'promote' as const]) {
        for (const step of stepsOf(execution, phase)) progress.redo(step.id);
      }
      return handOver(execution, attempt + 1);
    default:
      return settled.verdict satisfies never;
  }
}

/** Back from a promotion that may have been sent: what could still carry it out is ended first. */
async function takeBack(execution: Execution, fault: Fault): Promise<Finished> {
  const { surroundings, plan, stop } = execution;
  const call = { signal: stop, deadlineMs: lookMs, assertAllowed: surroundings.assertAllowed };
  await surroundings
    .link(plan.to)
    .takeOver(call)
    .catch(() => undefined);
  return goBack(execution, fault);
}

/** From here on it is known to have taken effect, also to whoever takes the operation up next. */
async function recordPromotion({ plan, journal, progress }: Execution): Promise<void> {
  if (progress.done(plan.pointOfNoReturn)) return;
  const output = { note: 'its answer was lost; the server was seen writable' };
  const done = { event: 'step-done', step: plan.pointOfNoReturn, ms: 0, output } as const;
  progress.take(done);
  await journal.note(done);
}

/** The end-writers step after it does the same and is flagged when it fails; this is so that no time is lost. */
async function shut({ surroundings, plan, stop }: Execution): Promise<void> {
  const call = { signal: stop, deadlineMs: 2 * lookMs, assertAllowed: surroundings.assertAllowed };
  await surroundings
    .link(plan.from)
    .makeReadOnly(call)
    .catch(() => undefined);
}

async function carryOn(execution: Execution): Promise<Finished> {
  const failures: StepFailure[] = [...execution.carried];
  for (const phase of afterwards) failures.push(...(await runPhase(execution, stepsOf(execution, phase))));
  const { from, to } = execution.plan;
  const heldMs = execution.progress.heldMs;
  const flags = failures.map(flagFor);
  const open =
    flags.length === 0 ? '' : `; ${flags.length} thing${flags.length === 1 ? '' : 's'} left to repair`;
  return {
    status: 'succeeded',
    outcome: {
      summary: `${to.name} is the primary, ${from.name} was${open}`,
      flags,
      ...(heldMs === undefined ? {} : { heldMs }),
    },
  };
}

async function goBack(execution: Execution, fault: Fault): Promise<Finished> {
  const { from } = execution.plan;
  const { thawed, flags } = await rollBack(execution, fault);
  const summary = thawed
    ? `nothing changed hands: ${from.name} is still the primary; ${fault.message}`
    : `${from.name} could not be made writable again: make it so by hand; ${fault.message}`;
  return { status: thawed ? 'rolled-back' : 'failed', outcome: { summary, cause: errorNote(fault), flags } };
}

async function runUntilFailure(
  execution: Execution,
  which: readonly Phase[],
): Promise<StepFailure | undefined> {
  for (const phase of which) {
    const failures = await runPhase(execution, stepsOf(execution, phase));
    const stopping = failures.find(({ step }) => step.onFailure === 'roll-back');
    if (stopping) return stopping;
    execution.carried.push(...failures);
  }
  return undefined;
}

const stepsOf = ({ plan }: Execution, phase: Phase): Execution['plan']['steps'] =>
  plan.steps.filter((step) => step.phase === phase);

/** The statement was never sent, or the server said no to it. */
function certainlyNotDone(fault: Fault): boolean {
  return (
    fault.details.sent === false ||
    ['store-unavailable', 'statement-failed', 'access-denied', 'server-unreachable'].includes(fault.code)
  );
}

function flagFor({ step, fault }: StepFailure): Flag {
  const server = 'server' in step.action ? step.action.server.name : undefined;
  return {
    step: step.id,
    ...(server === undefined ? {} : { server }),
    problem: errorNote(fault),
    repair: repairFor(step),
  };
}
