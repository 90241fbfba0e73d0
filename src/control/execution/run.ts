/** What the verbs of a plan are given. */

import type { StepOutput } from '../../core/operation.ts';
import type { Action, Plan, Verb } from '../../core/plan.ts';
import type { Surroundings } from './surroundings.ts';

export interface Run {
  readonly surroundings: Surroundings;
  readonly operation: string;
  readonly plan: Plan;
  /** What steps already done have put out. */
  readonly outputs: ReadonlyMap<string, StepOutput>;
}

export type Of<V extends Verb> = Extract<Action, { verb: V }>;
