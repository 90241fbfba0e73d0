/**
 * Runs a switchover to its end: forward phase by phase; back on a failure before the point of no return; onward over
 * failures after it. The same code takes up an operation that another controller left.
 */

import type { Fault } from '../../contract/errors.ts';
import { formatAddress, sameAddress } from '../../core/identity.ts';
import type { Phase } from '../../core/plan.ts';
import { awaitElection, handOverOf } from './await-election.ts';
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
import { type Execution, errorNote, runPhase } from './run-steps.ts';
import { settle } from './settle.ts';
import type { HandOverAction } from './surroundings.ts';

const preparing: readonly Phase[] = ['check', 'approach', 'hold'];
const frozen: readonly Phase[] = ['freeze', 'reach', 'demote'];

/** A promotion that fails for certain this often is given up. */
const promotions = 3;

export async function runSwitchover(execution: Execution): Promise<Finished> {
  const failure = await runUntilFailure(execution, preparing);
  return failure ? goBack(execution, failure.fault) : handOver(execution, 1);
}

/** For an operation that was left running; `interruption` says by what. Looks at the world before it acts on it. */
export async function resumeSwitchover(execution: Execution, interruption: Fault): Promise<Finished> {
  const { progress, plan } = execution;
  if (progress.done(plan.pointOfNoReturn)) return carryOn(execution);
  const changed = await changedMeanwhile(execution);
  if (changed !== undefined) return leaveAlone(changed, interruption);
  const touched = [...frozen, 'promote' as const];
  const atRisk = touched.some((phase) => stepsOf(execution, phase).some(({ id }) => progress.begun(id)));
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
    markPromoted(execution);
    return carryOn(execution);
  }
  // Only the first try may be judged by its error: a later one says nothing about the one before it.
  if (attempt === 1 && certainlyNotDone(failed.fault)) return goBack(execution, failed.fault);
  return settleAndGoOn(execution, failed.fault, attempt);
}

/** There is no second try: the same server would have to wait until its election is forgotten. */
async function settleElection(execution: Execution, action: HandOverAction, fault: Fault): Promise<Finished> {
  const fate = await awaitElection(execution, action);
  const { from, to } = execution.plan;
  const note = fate === 'elected' ? `${to.name} was elected` : `${from.name} is still the primary`;
  await execution.journal.note({ event: 'resumed', note });
  if (fate === 'not-elected') return goBack(execution, fault);
  await recordPromotion(execution);
  return carryOn(execution);
}

async function settleAndGoOn(begun: Execution, fault: Fault, attempt: number): Promise<Finished> {
  const among = handOverOf(begun.plan);
  if (among) return settleElection(begun, among, fault);
  const execution = freezingAtOnce(begun);
  const { journal, progress } = execution;
  const settled = await settle(execution);
  await journal.note({ event: 'resumed', note: `${settled.verdict}: ${settled.because}` });
  switch (settled.verdict) {
    case 'level-and-on':
      // Before the promotion is on record: whoever takes it up then would not look at the old primary any more.
      await bringLevel(execution);
      return goOnWritable(execution);
    case 'carry-on':
      return goOnWritable(execution);
    case 'hand-over':
      if (progress.rollingBack) return takeBack(execution, fault);
      redoHandOver(execution);
      return handOver(execution, 1);
    case 'roll-back':
      return takeBack(execution, fault);
    case 'promote-again':
      // Going back was decided on certain knowledge, and may be half done.
      if (attempt >= promotions || progress.rollingBack) return takeBack(execution, fault);
      redoHandOver(execution);
      return handOver(execution, attempt + 1);
    default:
      return settled.verdict satisfies never;
  }
}

/** Two may take writes by now: to wait for the candidate to keep pace is for the first try. */
function freezingAtOnce(execution: Execution): Execution {
  const { plan } = execution;
  const steps = plan.steps.map((step) =>
    step.action.verb === 'freeze'
      ? { ...step, action: { verb: 'freeze', server: step.action.server } as const }
      : step,
  );
  return { ...execution, plan: { ...plan, steps } };
}

function redoHandOver(execution: Execution): void {
  for (const phase of [...frozen, 'promote' as const]) {
    for (const step of stepsOf(execution, phase)) execution.progress.redo(step.id);
  }
}

/**
 * The old primary is frozen where it stands now, and the candidate, whose replication goes on until it retires its
 * source, waits until it has that. What fails of it does not stop what follows, and is told at the end.
 */
async function bringLevel(execution: Execution): Promise<void> {
  const { progress, carried, journal } = execution;
  const freezing = stepsOf(execution, 'freeze').filter(({ action }) => action.verb === 'freeze');
  const reaching = stepsOf(execution, 'reach');
  for (const { id } of [...freezing, ...reaching]) progress.redo(id);
  const notFrozen = await runPhase(execution, freezing);
  carried.push(...notFrozen);
  if (notFrozen.length > 0) return;
  const [notReached] = await runPhase(execution, reaching);
  if (!notReached) return;
  carried.push(notReached);
  // With a position that the candidate does not have, the old primary would pass for one that it has everything of.
  for (const { id } of freezing) {
    const forgotten = { event: 'step-failed', step: id, ms: 0, error: errorNote(notReached.fault) } as const;
    progress.take(forgotten);
    await journal.note(forgotten);
  }
}

/** The candidate is writable; whatever the old primary was, it must not be so too. */
async function goOnWritable(execution: Execution): Promise<Finished> {
  await recordPromotion(execution);
  await shut(execution);
  return carryOn(execution);
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

/** The end-writers step after it does the same and is flagged when it fails; this is so that no time is lost. */
async function shut({ surroundings, plan, stop }: Execution): Promise<void> {
  const call = { signal: stop, deadlineMs: 2 * lookMs, assertAllowed: surroundings.assertAllowed };
  await surroundings
    .link(plan.from)
    .makeReadOnly(call)
    .catch(() => undefined);
}

async function carryOn(execution: Execution): Promise<Finished> {
  const flags = await runAfterPromotion(execution);
  const { from, to } = execution.plan;
  const { heldMs, outputs } = execution.progress;
  // Of one that was elected without the help of a living primary.
  const loss = outputs.get(execution.plan.pointOfNoReturn)?.loss;
  const lost = loss === undefined || loss.verdict === 'none' ? '' : `; ${loss.because}`;
  return {
    status: 'succeeded',
    outcome: {
      summary: `${to.name} is the primary, ${from.name} was${lost}${leftToRepair(flags)}`,
      flags,
      ...(loss === undefined ? {} : { loss }),
      ...(heldMs === undefined ? {} : { heldMs }),
    },
  };
}

function goBack(execution: Execution, fault: Fault): Promise<Finished> {
  const { from } = execution.plan;
  return backWith(execution, fault, (thawed) =>
    thawed
      ? `nothing changed hands: ${from.name} is still the primary`
      : `${from.name} could not be made writable again: make it so by hand`,
  );
}
