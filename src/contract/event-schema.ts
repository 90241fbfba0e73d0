/** What the event stream carries. Each event's `revision` is also its SSE id and resumes the stream. */
import { z } from 'zod';
import { journalEntrySchema, operationSchema } from './operation-schema.ts';

const revision = z.number().int();

export const controlEventSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('operation'), revision, operation: operationSchema }),
    z.object({ kind: z.literal('journal'), revision, entry: journalEntrySchema }),
    z.object({ kind: z.literal('compacted'), revision }),
  ])
  .meta({
    id: 'ControlEvent',
    description: '`compacted`: older events are no longer held; read the state anew.',
  });

export type ControlEvent = z.output<typeof controlEventSchema>;
