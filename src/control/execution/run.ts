/** What the verbs of a plan are given. */

import type { StepOutput } from '../../core/operation.ts';
import type { Action, Plan, Verb } from '../../core/plan.ts';
import type { MoveProgress } from '../../core/shards/cluster-shaper.ts';
import type { Surroundings } from './surroundings.ts';

export interface Run {
  readonly surroundings: Surroundings;
  readonly operation: string;
  readonly plan: Plan;
  /** What steps already done have put out. */
  readonly outputs: ReadonlyMap<string, StepOutput>;
  /** What can stop without leaving anything half done stops there: a person wants it, or another step cannot go on. */
  readonly halt?: AbortSignal;
  /** How far the step has come that is being run. */
  readonly tell?: (progress: MoveProgress) => void;
}

export type Of<V extends Verb> = Extract<Action, { verb: V }>;
