/** A plan as it crosses the API: the very object that runs. */
import { z } from 'zod';
import { type Phase, type Plan, type PlanKind, phases, type Step } from '../core/plan.ts';
import { acceptedLossSchema, actionSchema, handOverModeSchema, targetSchema } from './action-schema.ts';
import { clusterNameSchema, serverIdSchema } from './identity-schema.ts';
import { judgementSchema } from './judgement-schema.ts';
import { refusalSchema } from './refusal-schema.ts';
import { list } from './schema-kinds.ts';

const phaseSchema = z.enum(phases) satisfies z.ZodType<Phase>;

const stepSchema = z
  .object({
    id: z.string().describe('Unique within the plan: `freeze:db1`.'),
    phase: phaseSchema,
    action: actionSchema,
    title: z.string(),
    note: z.string().exactOptional(),
    deadlineMs: z.number(),
    after: list(z.string()).describe('Steps of the same phase that come first.'),
    onFailure: z.enum(['roll-back', 'carry-forward', 'stop']),
    undo: actionSchema.exactOptional(),
    undoMs: z
      .number()
      .exactOptional()
      .describe('How long the undo is tried; a short while unless it says so.'),
  })
  .meta({ id: 'Step' }) satisfies z.ZodType<Step>;

export const planKindSchema = z.enum([
  'switchover',
  'failover',
  'rejoin',
  'relocation',
  'fencing',
  'repair',
  'reshape',
]) satisfies z.ZodType<PlanKind>;

export const planSchema = z
  .object({
    kind: planKindSchema,
    title: z.string().exactOptional().describe('What it does, where it is not a hand-over.'),
    cluster: clusterNameSchema,
    request: z.object({
      cluster: clusterNameSchema,
      to: serverIdSchema.exactOptional(),
      mode: handOverModeSchema.exactOptional(),
      acceptDataLoss: acceptedLossSchema.exactOptional(),
    }),
    judgement: judgementSchema.exactOptional().describe('Why the old primary is held for dead.'),
    engineTitle: z.string(),
    from: targetSchema,
    to: targetSchema,
    reasons: list(z.string()).describe('Why this candidate, and why not the others.'),
    passedOver: list(refusalSchema),
    guarantee: z.string(),
    warnings: list(z.string()),
    facts: list(z.object({ text: z.string() })),
    steps: list(stepSchema),
    pointOfNoReturn: z
      .string()
      .describe('The step after whose start there is no way back; empty where there is none.'),
  })
  .meta({
    id: 'Plan',
    description: 'What would be done, in order, with its guarantee.',
  }) satisfies z.ZodType<Plan>;
