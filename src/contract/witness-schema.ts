/** What one controller asks another: what it sees of a server itself. */
import { z } from 'zod';
import type { PeerGreeting, PeerView } from '../core/peer.ts';
import { clusterNameSchema, serverIdSchema } from './identity-schema.ts';
import { statementSchema } from './judgement-schema.ts';
import { list } from './schema-kinds.ts';

/** Nobody waits longer for a look. */
const longestLookMs = 60_000;

export const witnessRequestSchema = z
  .strictObject({
    server: serverIdSchema.describe('Its id: the same for every controller, whatever way it reaches it.'),
    deadlineMs: z
      .int()
      .min(1)
      .max(longestLookMs)
      .describe('How long the look may take; then the answer is `cannot-tell`.'),
  })
  .meta({ id: 'WitnessRequest' });

export type WitnessRequest = z.input<typeof witnessRequestSchema>;

export const witnessAnswerSchema = z
  .object({
    controller: z.string().describe('Which controller answers.'),
    says: statementSchema,
    fact: z.string(),
  })
  .meta({
    id: 'WitnessAnswer',
    description: 'What this controller sees of the server now, and nothing that it was told.',
  }) satisfies z.ZodType<PeerView>;

export const controllerSchema = z
  .object({
    controller: z.string().describe('Tells one running controller from another.'),
    clusters: list(clusterNameSchema)
      .exactOptional()
      .describe('Those that it watches: of any other it is no witness.'),
  })
  .meta({ id: 'Controller' }) satisfies z.ZodType<PeerGreeting>;
