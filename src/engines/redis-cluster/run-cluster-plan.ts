/** Carries out the steps of a plan for a Redis Cluster, one after the other, each written down before and after. */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import { movesOf } from '../../core/shards/slot-action.ts';
import { awaitViews, notAgreed } from './agreement.ts';
import { type ClusterNodes, chosen } from './cluster-nodes.ts';
import type { ClusterStep } from './cluster-steps.ts';
import { awaitCopy, copyFunctions, follow, forget, introduce, linkOf } from './membership.ts';
import { moveSlots, type SlotMoveOptions, type SlotsMoved } from './move-slots.ts';
import { type RepairStuck, repairSlots } from './repair-slots.ts';

export interface StepNote {
  readonly at: number;
  readonly step: ClusterStep;
  readonly phase: 'begun' | 'done';
}

export interface RunOptions {
  /** Waited for: a step that was not written down is not begun. */
  readonly note?: (note: StepNote) => void | Promise<void>;
  /** The first step that is not known to be done. Default 0. */
  readonly from?: number;
  readonly slots?: SlotMoveOptions;
  /** How long nodes may take to agree, or to meet. Default 30 s. */
  readonly patienceMs?: number;
}

export interface RunParts {
  /** Of all nodes that the plan names. */
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

export type PlanRun =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly at: number;
      readonly step: ClusterStep;
      readonly because:
        | { readonly kind: 'slots'; readonly moved: Exclude<SlotsMoved, { ok: true }> }
        | { readonly kind: 'repairs'; readonly stuck: readonly RepairStuck[] };
    };

/** Of one command to one node. */
const stepMs = 5_000;

/** Throws the fault of the step that was begun last: `verification-failed` where the nodes did not come to agree. */
export async function runClusterPlan(
  steps: readonly ClusterStep[],
  options: RunOptions,
  parts: RunParts,
  call: Call,
): Promise<PlanRun> {
  const left = countdown(parts.clock, call);
  for (const [at, step] of steps.entries()) {
    if (at < (options.from ?? 0)) continue;
    call.signal.throwIfAborted();
    if (left().deadlineMs <= 1) throw new Fault('deadline-exceeded', `not carried out in time: ${step.do}`);
    await options.note?.({ at, step, phase: 'begun' });
    const because = await runStep(step, options, parts, left());
    if (because !== undefined) return { ok: false, at, step, because };
    await options.note?.({ at, step, phase: 'done' });
  }
  return { ok: true };
}

type Hindrance = Extract<PlanRun, { ok: false }>['because'];

async function runStep(
  step: ClusterStep,
  options: RunOptions,
  parts: RunParts,
  call: Call,
): Promise<Hindrance | undefined> {
  const brief: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, stepMs) };
  const patient: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, options.patienceMs ?? 30_000) };
  const link = (id: NodeId) => linkOf(parts, id);
  switch (step.do) {
    case 'set-epoch':
      await link(step.node).setConfigEpoch(step.epoch, brief);
      return undefined;
    case 'take-slots':
      await link(step.node).addSlots(step.slots, brief);
      return undefined;
    case 'introduce':
      await introduce(step.nodes, parts, patient);
      return undefined;
    case 'copy-functions':
      await copyFunctions(link(step.from), link(step.to), brief);
      return undefined;
    case 'replicate':
      await follow(step, parts, patient);
      return undefined;
    case 'await-copy':
      await awaitCopy(step.node, parts, call);
      return undefined;
    case 'await-agreement':
      await awaitViews({ ...parts, nodes: chosen(parts.nodes, step.nodes) }, notAgreed(step.nodes), patient);
      return undefined;
    case 'move-slots': {
      const moved = await moveSlots(movesOf(step.transfers), options.slots ?? {}, parts, call);
      return moved.ok ? undefined : { kind: 'slots', moved };
    }
    case 'repair-slots': {
      const stuck = await repairSlots(step.repairs, { ...parts, options: options.slots ?? {} }, call);
      return stuck.length === 0 ? undefined : { kind: 'repairs', stuck };
    }
    case 'forget':
      await forget(step, parts, patient);
      return undefined;
    case 'reset':
      await link(step.node).reset('soft', brief);
      return undefined;
  }
}
