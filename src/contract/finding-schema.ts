/** What is wrong with a cluster, as it crosses the API. */
import { z } from 'zod';
import type { Finding, FindingCode, Severity } from '../core/finding.ts';
import { clusterNameSchema, serverIdSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

const findingCodeSchema = z.enum([
  'no-primary',
  'several-writable',
  'primary-unreachable',
  'server-unreachable',
  'primary-read-only',
  'replica-stopped',
  'replica-broken',
  'replica-lagging',
  'replica-writable',
  'replica-without-log',
  'errant-transactions',
  'duplicate-server-id',
  'filters-differ',
  'version-older-than-source',
  'gtid-off',
  'long-transaction',
  'route-elsewhere',
  'route-unreachable',
]) satisfies z.ZodType<FindingCode>;

export const severitySchema = z.enum(['critical', 'warning', 'notice']) satisfies z.ZodType<Severity>;

export const findingSchema = z
  .object({
    code: findingCodeSchema,
    orchestrator: z.string().exactOptional().describe("Orchestrator's name for the same thing."),
    severity: severitySchema,
    cluster: clusterNameSchema,
    server: serverIdSchema.exactOptional(),
    serverName: z.string().exactOptional(),
    summary: z.string().describe('One sentence with the facts in it.'),
    evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    blocks: list(z.enum(['switchover', 'candidacy'])).describe('What cannot be done while it lasts.'),
    downtimed: z.boolean(),
  })
  .meta({ id: 'Finding' }) satisfies z.ZodType<Finding>;
