/**
 * Puts a cluster back as it was before a hand-over: the last change first, so that writers are let on before
 * anything else is looked after. Goes on over failures and reports them.
 */

import { asFault, type Fault } from '../../contract/errors.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Flag, JournalEvent } from '../../core/operation.ts';
import { phases, type Step } from '../../core/plan.ts';
import { perform } from './perform.ts';
import { type Execution, errorNote } from './run-steps.ts';

type Undoable = Step & { readonly undo: NonNullable<Step['undo']> };

export interface RolledBack {
  /** The old primary takes writes again; without that nothing is as it was. */
  readonly thawed: boolean;
  readonly flags: readonly Flag[];
}

/** Writers wait on the thaw, so it is tried for longer than all else. */
const thawForMs = 30_000;
const othersForMs = 5_000;
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

async function undo(execution: Execution, step: Undoable): Promise<Fault | undefined> {
  const clock = execution.surroundings.clock;
  await note(execution, { event: 'undo-started', step: step.id });
  const began = clock.monotonic();
  const { verb } = step.undo;
  const limitMs = verb === 'thaw' || verb === 'unfence' ? thawForMs : othersForMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
    try {
      const { assertAllowed } = execution.surroundings;
      const call = { signal: execution.stop, deadlineMs: attemptMs, assertAllowed };
      await withDeadline(clock, call, `undo ${step.title}`, (signal) =>
        perform(step.undo, execution, { ...call, signal }),
      );
      await note(execution, { event: 'undo-done', step: step.id, ms: clock.monotonic() - began });
      return undefined;
    } catch (thrown) {
      execution.stop.throwIfAborted();
      const fault = asFault(thrown);
      const ms = clock.monotonic() - began;
      if (ms + pauseMs > limitMs || fault.code === 'lease-lost') {
        await note(execution, { event: 'undo-failed', step: step.id, ms, error: errorNote(fault) });
        return fault;
      }
      await clock.sleep(pauseMs, execution.stop);
    }
  }
}

async function note(execution: Execution, what: JournalEvent): Promise<void> {
  await execution.journal.note(what, 'buffered');
  execution.progress.take(what);
}

function flagFor(step: Undoable, fault: Fault): Flag {
  const undoing = step.undo;
  const server = 'server' in undoing ? undoing.server.name : undefined;
  const repair =
    undoing.verb === 'thaw'
      ? `make ${server} writable: SET GLOBAL read_only = 0`
      : undoing.verb === 'follow'
        ? `when ${server} answers again: point its replication at ${undoing.source.name} by GTID and start it`
        : undoing.verb === 'unfence'
          ? `let ${server} start again: its agent may keep it down (unfence), or it may be read-only`
          : undoing.verb === 'start-receiving'
            ? `start replication on ${server}`
            : 'look at the route: it may still hold clients';
  return { step: step.id, ...(server === undefined ? {} : { server }), problem: errorNote(fault), repair };
}
