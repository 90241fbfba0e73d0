/** What one probe saw of one server, as it crosses the API. */
import { z } from 'zod';
import type {
  CommitSettings,
  EngineKind,
  Observation,
  ProbeFailure,
  ReplicationChannel,
  SemiSync,
  TlsSettings,
} from '../core/observation.ts';
import { addressSchema, instantSchema, positionSchema, serverIdSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

export const engineKindSchema = z.enum([
  'mariadb',
  'mysql',
  'redis',
  'redis-cluster',
]) satisfies z.ZodType<EngineKind>;

export const tlsSettingsSchema = z
  .object({
    enabled: z.boolean(),
    verifyServer: z.boolean(),
    caFile: z.string().exactOptional(),
    certificateFile: z.string().exactOptional(),
    keyFile: z.string().exactOptional(),
  })
  .meta({ id: 'TlsSettings' }) satisfies z.ZodType<TlsSettings>;

const replicationErrorSchema = z
  .object({ code: z.number(), message: z.string() })
  .meta({ id: 'ReplicationError' });

const receiverErrorSchema = replicationErrorSchema
  .extend({
    meaning: z
      .enum(['refused', 'of-the-way', 'source-answers', 'other'])
      .describe('What it says of the source.'),
    connecting: z.boolean().describe('It came while the receiver tried to connect.'),
  })
  .meta({ id: 'ReceiverError' });

export const replicationChannelSchema = z
  .object({
    name: z.string(),
    source: addressSchema,
    sourceUuid: z.string().exactOptional(),
    sourceNumber: z.number().exactOptional(),
    receiver: z.enum(['running', 'connecting', 'stopped']),
    applier: z.enum(['running', 'stopped']),
    receiverError: receiverErrorSchema.exactOptional(),
    applierError: replicationErrorSchema.exactOptional(),
    lagSeconds: z.number().nullable().describe('As the server counts it; null when it does not know.'),
    delaySeconds: z.number().describe('Replication is held back on purpose by this much.'),
    usesGtid: z.boolean(),
    startsAfresh: z.literal(true).exactOptional(),
    received: positionSchema.exactOptional(),
    user: z.string().exactOptional(),
    tls: tlsSettingsSchema,
    heartbeatSeconds: z.number().exactOptional(),
    connectRetrySeconds: z.number().exactOptional(),
    filters: list(z.string()),
  })
  .meta({
    id: 'ReplicationChannel',
    description: 'One upstream of a replica, as the replica itself reports it.',
  }) satisfies z.ZodType<ReplicationChannel>;

const semiSyncSchema = z
  .object({
    sourceEnabled: z.boolean(),
    sourceActive: z.boolean(),
    replicaEnabled: z.boolean(),
    replicaActive: z.boolean(),
    connectedReplicas: z.number(),
    requiredAcks: z.number(),
    timeoutMs: z.number(),
    waitsWithoutReplicas: z.boolean(),
    unacknowledged: z.number(),
  })
  .meta({ id: 'SemiSync' }) satisfies z.ZodType<SemiSync>;

export const commitsSchema = z.object({
  durable: z.boolean(),
  text: z.string(),
}) satisfies z.ZodType<CommitSettings>;

const logSchema = z.object({
  enabled: z.boolean(),
  file: z.string().exactOptional(),
  offset: z.number().exactOptional(),
  format: z.enum(['ROW', 'MIXED', 'STATEMENT']).exactOptional(),
  logsReplicated: z.boolean(),
  filters: list(z.string()),
}) satisfies z.ZodType<Observation['log']>;

export const observationSchema = z
  .object({
    server: serverIdSchema,
    engine: engineKindSchema,
    address: addressSchema,
    resolved: addressSchema.exactOptional(),
    announced: addressSchema.exactOptional(),
    observedAt: instantSchema,
    tookMs: z.number(),
    version: z.object({
      product: z.string().exactOptional(),
      text: z.string(),
      major: z.number(),
      minor: z.number(),
      patch: z.number(),
    }),
    number: z
      .number()
      .exactOptional()
      .describe('`server_id`: unique within a cluster, or replication breaks; of engines that have one.'),
    uuid: z.string().exactOptional(),
    writeMode: z.enum(['writable', 'read-only', 'super-read-only']),
    uptimeSeconds: z.number(),
    gtidEnabled: z.boolean(),
    anonymous: z.literal(true).exactOptional(),
    executed: positionSchema,
    origins: positionSchema,
    purged: positionSchema.exactOptional(),
    log: logSchema,
    channels: list(replicationChannelSchema),
    downstream: list(addressSchema),
    semiSync: semiSyncSchema,
    commits: commitsSchema,
    promotionPriority: z.number().exactOptional(),
    longTransactions: list(z.object({ sessionId: z.number(), user: z.string(), seconds: z.number() })),
  })
  .meta({
    id: 'Observation',
    description: 'What one probe saw of one server, and when.',
  }) satisfies z.ZodType<Observation>;

export const probeFailureSchema = z
  .object({
    address: addressSchema,
    at: instantSchema,
    code: z.enum([
      'refused',
      'unreachable',
      'reset',
      'timed-out',
      'access-denied',
      'too-many-connections',
      'failed',
    ]),
    message: z.string(),
  })
  .meta({ id: 'ProbeFailure' }) satisfies z.ZodType<ProbeFailure>;
