/** A cluster in one line, as lists show it. */
import { z } from 'zod';
import { severitySchema } from './finding-schema.ts';
import { clusterNameSchema, operationIdSchema } from './identity-schema.ts';
import { engineKindSchema } from './observation-schema.ts';

export const clusterSummarySchema = z
  .object({
    name: clusterNameSchema,
    engine: engineKindSchema,
    servers: z.number(),
    primary: z.string().exactOptional(),
    primaries: z.number().exactOptional().describe('Of a cluster with several: how many of them answer'),
    findings: z.number(),
    worst: severitySchema.exactOptional(),
    runningOperation: operationIdSchema.exactOptional(),
  })
  .meta({ id: 'ClusterSummary' });

export type ClusterSummary = z.output<typeof clusterSummarySchema>;
