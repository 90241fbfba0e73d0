/**
 * Puts a cluster back as it was before a hand-over: the last change first, so that writers are let on before
 * anything else is looked after. Goes on over failures and reports them.
 */

import { asFault, type Fault } from '../../contract/errors.ts';
import { withDeadline } from '../../core/deadline.ts';
import { formatAddress } from '../../core/identity.ts';
import type { Flag, JournalEvent } from '../../core/operation.ts';
import { type Action, type ChannelState, phases, type Step } from '../../core/plan.ts';
import { letStart } from '../../core/switchover/repair.ts';
import { perform } from './perform.ts';
import { type Execution, errorNote } from './run-steps.ts';

export type Undoable = Step & { readonly undo: NonNullable<Step['undo']> };

export interface RolledBack {
  /** The old primary takes writes again; without that nothing is as it was. */
  readonly thawed: boolean;
  readonly flags: readonly Flag[];
}

const shortWhileMs = 5_000;
/** For what most likely is as it was: it is tried, and not waited for. */
const onceMs = 1_000;
const attemptMs = 3_000;

export async function rollBack(execution: Execution, cause: Fault): Promise<RolledBack> {
  await note(execution, { event: 'rolling-back', cause: errorNote(cause) });
  const flags: Flag[] = [];
  let thawed = true;
  for (const phase of phases.toReversed()) {
    const steps = execution.plan.steps.filter(
      (step): step is Undoable =>
        step.phase === phase && step.undo !== undefined && mayHaveBegun(execution, step),
    );
    const results = await Promise.all(
      steps.map(async (step) => ({ step, fault: await undo(execution, step) })),
    );
    for (const { step, fault } of results) {
      if (!fault) continue;
      if (step.undo.verb === 'thaw') thawed = false;
      flags.push(flagFor(step, fault));
    }
  }
  return { thawed, flags };
}

/** The lines of the moments in which writers wait may be missing; what a failover does then is safe to undo. */
function mayHaveBegun({ progress, plan, journalComplete }: Execution, step: Step): boolean {
  return progress.begun(step.id) || (plan.kind === 'failover' && !journalComplete);
}

/** What kept it from being undone; undefined when it is. */
export async function undo(execution: Execution, step: Undoable): Promise<Fault | undefined> {
  const clock = execution.surroundings.clock;
  await note(execution, { event: 'undo-started', step: step.id });
  const began = clock.monotonic();
  const { verb } = step.undo;
  const limitMs = triedForMs(execution, step);
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
    try {
      const { assertAllowed } = execution.surroundings;
      const deadlineMs = Math.min(attemptMs, limitMs);
      const call = { signal: execution.stop, deadlineMs, assertAllowed };
      await withDeadline(clock, call, `undo ${step.title}`, (signal) =>
        perform(step.undo, execution, { ...call, signal }),
      );
      await note(execution, { event: 'undo-done', step: step.id, ms: clock.monotonic() - began });
      return undefined;
    } catch (thrown) {
      execution.stop.throwIfAborted();
      const fault = asFault(thrown);
      const ms = clock.monotonic() - began;
      // An applier that has failed stays so, however often it is looked at.
      const failed = verb === 'restore-replication' && fault.code === 'replication-broken';
      const hopeless = failed || fault.code === 'lease-lost';
      if (ms + pauseMs > limitMs || hopeless) {
        await note(execution, { event: 'undo-failed', step: step.id, ms, error: errorNote(fault) });
        return fault;
      }
      await clock.sleep(pauseMs, execution.stop);
    }
  }
}

/** A fence that no agent gave may still have reached one, too late to be answered. */
function triedForMs({ progress }: Execution, { id, undoMs = shortWhileMs }: Undoable): number {
  const means = progress.outputs.get(id)?.fence;
  return means === 'none' || means === 'hook' ? onceMs : undoMs;
}

async function note(execution: Execution, what: JournalEvent): Promise<void> {
  await execution.journal.note(what, 'buffered');
  execution.progress.take(what);
}

function inWords({ source, receiver, applier }: ChannelState): string {
  const threads =
    receiver === applier
      ? `with its replication ${receiver}`
      : `with its receiver ${receiver} and its applier ${applier}`;
  return `it followed ${formatAddress(source)}, ${threads}: put that back, and it is as it was`;
}

/** What to do by hand where an undo was not done. */
export function repairOfUndo(undo: Action): string {
  const server = 'server' in undo ? undo.server.name : '';
  switch (undo.verb) {
    case 'thaw':
      return `make ${server} writable: SET GLOBAL read_only = 0`;
    case 'follow':
      return `when ${server} answers again: point its replication at ${undo.source.name} by GTID and start it`;
    case 'unfence':
      return letStart(undo.server);
    case 'set-timeout':
      return `CONFIG SET cluster-node-timeout ${undo.ms} on ${undo.server.name}`;
    case 'restore-replication':
      return `when ${server} answers again: ${undo.channels.map(inWords).join('; ')}`;
    default:
      return 'look at the route: it may still hold clients';
  }
}

function flagFor(step: Undoable, fault: Fault): Flag {
  const { undo } = step;
  const server = 'server' in undo ? { server: undo.server.name } : {};
  return { step: step.id, ...server, problem: errorNote(fault), repair: repairOfUndo(undo) };
}
