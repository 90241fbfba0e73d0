/** What is wrong with a cluster, as it crosses the API. */
import { z } from 'zod';
import type { Finding, FindingCode } from '../core/finding.ts';
import type { Severity } from '../core/severity.ts';
import { clusterNameSchema, serverIdSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

const findingCodeSchema = z.enum([
  'slots-uncovered',
  'slots-open',
  'too-few-primaries',
  'orphaned-primary',
  'shard-without-replica',
  'views-disagree',
  'epoch-collision',
  'node-failed',
  'node-suspected',
  'replica-with-its-primary',
  'primaries-share-host',
  'migration-off',
  'no-primary',
  'several-writable',
  'dead-primary',
  'dead-co-primary',
  'primary-unreachable',
  'primary-read-only',
  'no-replica-replicates',
  'semi-sync-locked',
  'semi-sync-short',
  'semi-sync-inactive',
  'semi-sync-surplus',
  'dead-intermediate-source',
  'intermediate-source-unreachable',
  'server-unreachable',
  'former-primary',
  'replica-stopped',
  'replica-broken',
  'replica-cannot-connect',
  'replica-lagging',
  'replica-writable',
  'replica-without-log',
  'errant-transactions',
  'duplicate-server-id',
  'filters-differ',
  'version-older-than-source',
  'replica-versions-differ',
  'log-formats-differ',
  'gtid-off',
  'gtid-modes-differ',
  'long-transaction',
  'disk-stuck',
  'primary-flapping',
  'starts-writable',
  'agent-silent',
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
    blocks: list(z.enum(['switchover', 'failover', 'candidacy'])).describe(
      'What cannot be done while it lasts.',
    ),
    after: list(findingCodeSchema)
      .exactOptional()
      .describe('Other findings of this cluster that are to be handled first.'),
    downtimed: z.boolean(),
  })
  .meta({ id: 'Finding' }) satisfies z.ZodType<Finding>;
