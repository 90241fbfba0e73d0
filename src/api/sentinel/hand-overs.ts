/**
 * Which clusters are handing their primary role over, and to which server it went last: read from the journal, line by
 * line, because it says so within the millisecond; the next look at the servers comes later.
 */
import type { ControlEvent } from '../../control/control-plane.ts';
import type { OperationId } from '../../core/identity.ts';
import type { JournalEntry, Operation } from '../../core/operation.ts';
import type { Action, Target } from '../../core/plan.ts';

export interface Promotion {
  readonly to: Target;
  readonly from: Target;
  /** The old primary was held for dead. */
  readonly afterDeath: boolean;
  /** Epoch milliseconds: older looks at the servers do not know of it. */
  readonly at: number;
}

interface Progress {
  readonly operation: Operation;
  /** The old primary takes no writes any more. */
  held: boolean;
  /** By a fence, so that it is not even to be named. */
  fenced: boolean;
}

export class HandOvers {
  readonly #running = new Map<OperationId, Progress>();
  readonly #promotions = new Map<string, Promotion>();
  readonly #counts = new Map<string, number>();

  /** True when it changed anything. */
  take(event: ControlEvent): boolean {
    if (event.kind === 'operation') return this.#operation(event.operation);
    return event.kind === 'journal' && this.#line(event.entry);
  }

  /** What happened before anybody listened: finished operations, oldest first. */
  recall(operation: Operation): void {
    const { plan, status, finishedAt, requestedAt } = operation;
    const promote = plan?.steps.find(({ action }) => action.verb === 'promote')?.action;
    if (status !== 'succeeded' || promote?.verb !== 'promote') return;
    const { server: to, from } = promote;
    this.#promoted(operation, { to, from, at: finishedAt ?? requestedAt });
  }

  /** Events were missed: what is under way is told anew. */
  forget(): void {
    this.#running.clear();
  }

  handingOver(cluster: string): boolean {
    return this.#of(cluster).some(({ held }) => held);
  }

  fenced(cluster: string): boolean {
    return this.#of(cluster).some(({ fenced }) => fenced);
  }

  promotion(cluster: string): Promotion | undefined {
    return this.#promotions.get(cluster);
  }

  /** How often the role has changed hands, as far as is known. */
  count(cluster: string): number {
    return this.#counts.get(cluster) ?? 0;
  }

  #of(cluster: string): readonly Progress[] {
    return [...this.#running.values()].filter(({ operation }) => operation.cluster === cluster);
  }

  #operation(operation: Operation): boolean {
    const { id, kind, status } = operation;
    if (status !== 'running') return this.#running.delete(id);
    if (kind !== 'switchover' && kind !== 'failover') return false;
    if (!this.#running.has(id)) this.#running.set(id, { operation, held: false, fenced: false });
    return false;
  }

  #line({ operation: id, at, what }: JournalEntry): boolean {
    const progress = this.#running.get(id);
    if (progress === undefined) return false;
    if (what.event === 'finished') return this.#running.delete(id);
    if (what.event === 'step-started') return hold(progress, actionOf(progress, what.step));
    if (what.event === 'undo-done' && actionOf(progress, what.step)?.verb === 'freeze')
      return release(progress);
    if (what.event !== 'step-done') return false;
    const action = actionOf(progress, what.step);
    if (action?.verb !== 'promote') return false;
    release(progress);
    this.#promoted(progress.operation, { to: action.server, from: action.from, at });
    return true;
  }

  /** Lines may come twice. */
  #promoted({ cluster, kind }: Operation, promotion: Omit<Promotion, 'afterDeath'>): void {
    const earlier = this.#promotions.get(cluster);
    if (earlier !== undefined && earlier.at >= promotion.at) return;
    this.#promotions.set(cluster, { ...promotion, afterDeath: kind === 'failover' });
    this.#counts.set(cluster, this.count(cluster) + 1);
  }
}

const actionOf = ({ operation }: Progress, step: string): Action | undefined =>
  operation.plan?.steps.find(({ id }) => id === step)?.action;

/* The progress of one operation is changed by its journal alone. */
function hold(progress: Progress, action: Action | undefined): boolean {
  if (action?.verb !== 'freeze' && action?.verb !== 'fence') return false;
  progress.held = true;
  progress.fenced ||= action.verb === 'fence';
  return true;
}

function release(progress: Progress): boolean {
  progress.held = false;
  progress.fenced = false;
  return true;
}
