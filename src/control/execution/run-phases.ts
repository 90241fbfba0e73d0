/** What the plans of all kinds have in common: phases up to a failure, going back, and going on over failures. */

import type { Fault } from '../../contract/errors.ts';
import type { AbandonWord, Flag, OperationStatus, Outcome } from '../../core/operation.ts';
import { type Phase, phases, type Verb } from '../../core/plan.ts';
import { repairFor } from '../../core/switchover/repair.ts';
import { rollBack } from './roll-back.ts';
import { type Execution, errorNote, runPhase, type StepFailure } from './run-steps.ts';

export interface Finished {
  readonly status: Exclude<OperationStatus, 'running' | 'refused'>;
  readonly outcome: Outcome;
  /** By whom it was given up. */
  readonly abandoned?: AbandonWord;
  /** Who put the candidate down before it said whether it had become the primary. */
  readonly putDown?: string;
}

/** For one look at one server. */
export const lookMs = 1000;

const afterPromotion: readonly Phase[] = phases.slice(phases.indexOf('promote') + 1);

export const stepsOf = ({ plan }: Execution, phase: Phase): Execution['plan']['steps'] =>
  plan.steps.filter((step) => step.phase === phase);

/** Failures that do not stop it are kept in `carried`. */
export async function runUntilFailure(
  execution: Execution,
  which: readonly Phase[],
): Promise<StepFailure | undefined> {
  for (const phase of which) {
    const failures = await runPhase(execution, stepsOf(execution, phase));
    // One that could not be written down was not tried: to go on without its fence or its log would be nobody's choice.
    const stopping = failures.find(
      ({ step, fault }) => step.onFailure !== 'carry-forward' || fault.code === 'store-unavailable',
    );
    if (stopping) return stopping;
    execution.carried.push(...failures);
  }
  return undefined;
}

/** Everything after the promotion, whatever fails of it. */
export async function runAfterPromotion(execution: Execution): Promise<readonly Flag[]> {
  const failures: StepFailure[] = [...execution.carried];
  for (const phase of afterPromotion)
    failures.push(...(await runPhase(execution, stepsOf(execution, phase))));
  const failed = failures.filter(({ step }) => !accountedFor.has(step.action.verb)).map(flagFor);
  return [...failed, ...unmetBy(execution)];
}

/** What steps that succeeded were to do besides. */
function unmetBy({ plan, outputs }: Execution): readonly Flag[] {
  return plan.steps.flatMap(({ id, action }) => {
    const unmet = outputs.get(id)?.unmet;
    if (!unmet) return [];
    return [{ step: id, ...('server' in action ? { server: action.server.name } : {}), ...unmet }];
  });
}

/** What their failure means is told elsewhere: in the loss report, and by the steps on the same server that follow. */
const accountedFor: ReadonlySet<Verb> = new Set<Verb>(['salvage', 'prepare', 'hold-route']);

export const leftToRepair = (flags: readonly Flag[]): string =>
  flags.length === 0 ? '' : `; ${flags.length} thing${flags.length === 1 ? '' : 's'} left to repair`;

export async function goBack(
  execution: Execution,
  fault: Fault,
  summary: (thawed: boolean) => string,
): Promise<Finished> {
  const { thawed, flags } = await rollBack(execution, fault);
  return {
    status: thawed ? 'rolled-back' : 'failed',
    outcome: { summary: `${summary(thawed)}; ${fault.message}`, cause: errorNote(fault), flags },
  };
}

/** The statement was never sent, or the server said no to it. */
export function certainlyNotDone(fault: Fault): boolean {
  return (
    fault.details.sent === false ||
    ['store-unavailable', 'statement-failed', 'access-denied', 'server-unreachable'].includes(fault.code)
  );
}

export function markPromoted({ progress, surroundings: { clock } }: Execution): void {
  progress.markPromoted(clock.monotonic(), clock.now());
}

/** From here on it is known to have taken effect, also to whoever takes the operation up next. */
export async function recordPromotion({ plan, journal, progress }: Execution): Promise<void> {
  if (progress.done(plan.pointOfNoReturn)) return;
  const output = { note: 'its answer was lost; the server was seen writable' };
  const done = { event: 'step-done', step: plan.pointOfNoReturn, ms: 0, output } as const;
  progress.take(done);
  await journal.note(done);
}

export function flagFor({ step, fault }: StepFailure): Flag {
  const server = 'server' in step.action ? step.action.server.name : undefined;
  return {
    step: step.id,
    ...(server === undefined ? {} : { server }),
    problem: errorNote(fault),
    repair: repairFor(step),
  };
}
