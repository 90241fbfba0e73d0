/** Operations and their journals, as they cross the API. */
import { z } from 'zod';
import type {
  AbandonWord,
  JournalEntry,
  JournalEvent,
  Loss,
  Operation,
  OperationStatus,
  Outcome,
  StepOutput,
} from '../core/operation.ts';
import { clusterNameSchema, instantSchema, operationIdSchema } from './identity-schema.ts';
import { planKindSchema, planSchema } from './plan-schema.ts';
import { refusalSchema } from './refusal-schema.ts';
import { list } from './schema-kinds.ts';

const operationStatusSchema = z.enum([
  'running',
  'succeeded',
  'rolled-back',
  'failed',
  'refused',
]) satisfies z.ZodType<OperationStatus>;

const errorNoteSchema = z.object({ code: z.string(), message: z.string() }).meta({ id: 'ErrorNote' });

const lossSchema = z
  .object({
    verdict: z.enum(['none', 'known', 'possible']),
    transactions: z.number().describe('How many, or how many bytes where `unit` says so.'),
    unit: z.literal('bytes').exactOptional(),
    names: z.string(),
    because: z.string(),
    acceptedBy: z.string().exactOptional(),
  })
  .meta({
    id: 'Loss',
    description: 'What became of writes that the dead primary may have acknowledged.',
  }) satisfies z.ZodType<Loss>;

const outcomeSchema = z
  .object({
    summary: z.string(),
    cause: errorNoteSchema.exactOptional(),
    flags: list(
      z
        .object({
          step: z.string(),
          server: z.string().exactOptional(),
          problem: errorNoteSchema,
          repair: z.string(),
        })
        .meta({ id: 'Flag', description: 'A step that failed without stopping the operation.' }),
    ),
    heldMs: z.number().exactOptional().describe('How long writers were held, as the controller saw it.'),
    loss: lossSchema.exactOptional(),
  })
  .meta({ id: 'Outcome' }) satisfies z.ZodType<Outcome>;

const abandonWordSchema = z
  .object({
    by: z.string(),
    reason: z.string(),
    candidateDown: z.boolean().describe('They have seen to it that the candidate takes no writes.'),
  })
  .meta({
    id: 'AbandonWord',
    description: 'A person’s word that an operation is not to be waited for any more.',
  }) satisfies z.ZodType<AbandonWord>;

export const operationSchema = z
  .object({
    id: operationIdSchema,
    kind: planKindSchema,
    cluster: clusterNameSchema,
    requestedBy: z.string(),
    requestedAt: instantSchema,
    finishedAt: instantSchema.exactOptional(),
    status: operationStatusSchema,
    plan: planSchema.exactOptional(),
    refusals: list(refusalSchema).exactOptional(),
    outcome: outcomeSchema.exactOptional(),
    abandoned: abandonWordSchema.exactOptional(),
    resumed: z.number().describe('How often a controller took it up after another had died.'),
  })
  .meta({ id: 'Operation' }) satisfies z.ZodType<Operation>;

const movedSchema = z.object({ slotsDone: z.number(), slots: z.number(), keysMoved: z.number() });

const stepOutputSchema = z.object({
  position: z.string().exactOptional(),
  endedSessions: z.number().exactOptional(),
  note: z.string().exactOptional(),
  fence: z.enum(['agent', 'hook', 'read-only', 'none']).exactOptional(),
  surplus: z.object({ transactions: z.number(), names: z.string() }).exactOptional(),
  tail: z
    .object({ transactions: z.number(), names: z.string(), truncated: z.boolean(), file: z.string() })
    .exactOptional(),
  places: list(
    z.object({
      server: z.string(),
      at: z.string().exactOptional(),
      because: z.string().exactOptional(),
    }),
  ).exactOptional(),
  saved: z
    .object({
      transactions: z.number(),
      names: z.string(),
      after: z.string(),
      upTo: z.string(),
      tables: list(z.string()),
      irreversible: z.string().exactOptional(),
      file: z.string(),
    })
    .exactOptional(),
  loss: lossSchema.exactOptional(),
  moved: movedSchema.exactOptional(),
  unmet: z.object({ problem: errorNoteSchema, repair: z.string() }).exactOptional(),
}) satisfies z.ZodType<StepOutput>;

const step = z.string();
const ms = z.number();

const journalEventSchema = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('step-started'), step }),
    z.object({ event: z.literal('step-done'), step, ms, output: stepOutputSchema.exactOptional() }),
    z.object({ event: z.literal('step-failed'), step, ms, error: errorNoteSchema }),
    movedSchema.extend({ event: z.literal('step-progress'), step, keysPerSecond: z.number() }),
    z.object({ event: z.literal('undo-started'), step }),
    z.object({ event: z.literal('undo-done'), step, ms }),
    z.object({ event: z.literal('undo-failed'), step, ms, error: errorNoteSchema }),
    z.object({ event: z.literal('rolling-back'), cause: errorNoteSchema }),
    z.object({ event: z.literal('resumed'), note: z.string() }),
    abandonWordSchema.extend({ event: z.literal('abandoned') }),
    z.object({ event: z.literal('finished'), status: operationStatusSchema, summary: z.string() }),
  ])
  .meta({ id: 'JournalEvent' }) satisfies z.ZodType<JournalEvent>;

export const journalEntrySchema = z
  .object({ operation: operationIdSchema, sequence: z.number(), at: instantSchema, what: journalEventSchema })
  .meta({
    id: 'JournalEntry',
    description: 'One line of the journal, written before and after each step.',
  }) satisfies z.ZodType<JournalEntry>;
