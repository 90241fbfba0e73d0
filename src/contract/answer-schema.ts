/** The lists the API answers with. Each lies in an object, so that more can be said beside it later. */
import { z } from 'zod';
import { clusterSummarySchema } from './cluster-schema.ts';
import { findingSchema } from './finding-schema.ts';
import { journalEntrySchema, operationSchema } from './operation-schema.ts';
import { list } from './schema-kinds.ts';
import { serverSchema } from './topology-schema.ts';

export const clusterListSchema = z
  .object({ clusters: list(clusterSummarySchema) })
  .meta({ id: 'ClusterList' });

export const serverListSchema = z.object({ servers: list(serverSchema) }).meta({ id: 'ServerList' });

export const findingListSchema = z.object({ findings: list(findingSchema) }).meta({ id: 'FindingList' });

export const operationListSchema = z
  .object({ operations: list(operationSchema).describe('Newest first.') })
  .meta({ id: 'OperationList' });

export const journalSchema = z.object({ journal: list(journalEntrySchema) }).meta({ id: 'Journal' });

export const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
