/** The graph of a cluster, and its servers one by one, as they cross the API. */
import { z } from 'zod';
import type { Node, Topology } from '../core/topology.ts';
import { hostStateSchema } from './agent-schema.ts';
import {
  addressSchema,
  clusterNameSchema,
  instantSchema,
  operationIdSchema,
  positionGapSchema,
  serverIdSchema,
} from './identity-schema.ts';
import {
  engineKindSchema,
  observationSchema,
  probeFailureSchema,
  replicationChannelSchema,
} from './observation-schema.ts';
import { serverSettingsSchema } from './policy-schema.ts';
import { list } from './schema-kinds.ts';

const hostLookSchema = z.object({
  at: instantSchema,
  state: hostStateSchema.exactOptional().describe('Absent when the agent did not answer.'),
  failure: z.string().exactOptional().describe('Why it did not.'),
  stuckSince: instantSchema
    .exactOptional()
    .describe('Since when it has called its disk stuck, look after look.'),
});

export const nodeSchema = z
  .object({
    id: serverIdSchema,
    name: z.string(),
    address: addressSchema,
    aliases: list(addressSchema),
    settings: serverSettingsSchema,
    downtimed: z.boolean(),
    reachable: z.boolean().describe('The last probe answered.'),
    failure: probeFailureSchema.exactOptional(),
    seen: observationSchema.exactOptional().describe('The last thing seen of it, however old.'),
    previous: observationSchema
      .pick({ observedAt: true, executed: true, semiSync: true })
      .exactOptional()
      .describe('What the look before that one told.'),
    role: z.enum(['primary', 'co-primary', 'replica', 'unknown']),
    channel: replicationChannelSchema.exactOptional(),
    source: serverIdSchema.exactOptional(),
    replicas: list(serverIdSchema),
    replacedBy: operationIdSchema
      .exactOptional()
      .describe('The operation by which another server took its place as the primary.'),
    depth: z.number().describe('0 for a primary, 1 for its replicas, and so on.'),
    behind: positionGapSchema.exactOptional().describe('What the primary has that this one lacks.'),
    errant: positionGapSchema.exactOptional().describe('What it has that never was on the primary.'),
    host: hostLookSchema
      .exactOptional()
      .describe('What the agent on its host says; absent where none is configured.'),
    stalledSince: instantSchema
      .exactOptional()
      .describe('Since when what its engine has logged does not reach its disk; only the primary is asked.'),
    returns: z
      .int()
      .exactOptional()
      .describe('How often it came back from the dead by itself lately; absent while that is seldom.'),
    acknowledging: z
      .object({
        since: instantSchema.describe('When the first of these looks was.'),
        until: instantSchema.exactOptional().describe('When the look was that saw it end.'),
        earlier: z
          .object({ since: instantSchema, until: instantSchema })
          .exactOptional()
          .describe('The run before it.'),
      })
      .exactOptional()
      .describe('The last unbroken run of looks that saw it connected as a semi-synchronous replica.'),
    noneCameSince: instantSchema
      .exactOptional()
      .describe('Since when no semi-synchronous replica has come to it.'),
  })
  .meta({ id: 'Node', description: 'One server in its cluster.' }) satisfies z.ZodType<Node>;

export const topologySchema = z
  .object({
    cluster: clusterNameSchema,
    engine: engineKindSchema,
    at: instantSchema,
    nodes: list(nodeSchema).describe('In tree order: each node before its replicas.'),
  })
  .meta({ id: 'Topology', description: 'The graph of one cluster.' }) satisfies z.ZodType<Topology>;

export const serverSchema = nodeSchema
  .extend({ cluster: clusterNameSchema })
  .meta({ id: 'Server', description: 'A server, and the cluster it belongs to.' }) satisfies z.ZodType<
  Node & Pick<Topology, 'cluster'>
>;

export type Server = z.output<typeof serverSchema>;
