/** What may be asked of the API. Strict: a misspelt field is refused by name instead of being ignored. */
import { z } from 'zod';
import { type Address, parseAddress } from '../core/identity.ts';
import { handOverModeSchema } from './action-schema.ts';

/** Shown on terminals and written into logs, so it may not steer them. */
const printable = z.string().regex(/^\P{Cc}+$/u, 'text without control characters');

export const switchoverRequestSchema = z
  .strictObject({
    to: printable
      .max(400)
      .exactOptional()
      .describe('The candidate: a name, address, alias or id. Absent: choose.'),
    mode: handOverModeSchema
      .exactOptional()
      .describe(
        'Of Redis Cluster: with the primary’s help, by a vote without it, or by the candidate’s own word.',
      ),
    dryRun: z.boolean().exactOptional().describe('Show the plan; change nothing.'),
    requestedBy: printable.max(200).exactOptional().describe('Who asks, for the journal.'),
  })
  .meta({ id: 'SwitchoverRequest' });

export const failoverRequestSchema = switchoverRequestSchema
  .extend({
    acceptDataLoss: z
      .boolean()
      .exactOptional()
      .describe('Go on although acknowledged writes may be lost; on record with `requestedBy` and `reason`.'),
    reason: printable.max(1000).exactOptional().describe('Why the loss is accepted, for the journal.'),
  })
  .meta({ id: 'FailoverRequest' });

export type FailoverRequest = z.input<typeof failoverRequestSchema>;

export const rejoinRequestSchema = z
  .strictObject({
    server: printable
      .max(400)
      .describe('The server that is to become a replica again: a name, address, alias or id.'),
    dryRun: z.boolean().exactOptional().describe('Show the plan; change nothing.'),
    requestedBy: printable.max(200).exactOptional().describe('Who asks, for the journal.'),
  })
  .meta({ id: 'RejoinRequest' });

export const relocationRequestSchema = rejoinRequestSchema
  .extend({
    server: printable.max(400).describe('The dead intermediate source: a name, address, alias or id.'),
  })
  .meta({ id: 'RelocationRequest' });

export const repairRequestSchema = rejoinRequestSchema
  .extend({
    server: printable
      .max(400)
      .describe('The replica that has errant transactions: a name, address, alias or id.'),
    by: z
      .enum(['empty', 'flashback', 'clone'])
      .exactOptional()
      .describe('By what means. Absent: what `failover.restore` allows, which never is `empty`.'),
  })
  .meta({ id: 'RepairRequest' });

export type RepairRequest = z.input<typeof repairRequestSchema>;

export type RejoinRequest = z.input<typeof rejoinRequestSchema>;

export type SwitchoverRequest = z.input<typeof switchoverRequestSchema>;

const nodeName = printable.max(400).describe('A name, address, alias or id.');

/** What all that reshapes a cluster may be asked with. */
const reshapeFields = {
  keysPerCall: z.int().min(1).max(100_000).exactOptional().describe('The most keys that one call moves.'),
  pauseMs: z.int().min(0).max(60_000).exactOptional().describe('A rest after each of these calls.'),
  dryRun: z.boolean().exactOptional().describe('Show the plan; change nothing.'),
  requestedBy: printable.max(200).exactOptional().describe('Who asks, for the journal.'),
};

export const reshapeRequestSchema = z
  .discriminatedUnion('what', [
    z.strictObject({
      what: z.literal('rebalance'),
      weights: z
        .record(printable.max(400), z.number().min(0))
        .exactOptional()
        .describe('By primary; others have 1. One of weight 0 gives all its slots away.'),
      threshold: z.number().min(0).max(100).exactOptional().describe('Per cent; 2 without it.'),
      useEmpty: z.boolean().exactOptional().describe('Primaries without slots get their share.'),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('reshard'),
      from: z.union([z.literal('all'), z.array(nodeName).min(1)]),
      to: nodeName,
      slots: z.int().min(1).max(16_384),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('add-node'),
      address: printable.max(400).describe('`host:port` of an empty node.'),
      replica: z
        .boolean()
        .exactOptional()
        .describe('As a replica, of the primary that needs one most unless `replicaOf` names it.'),
      replicaOf: nodeName.exactOptional(),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('remove-node'),
      server: nodeName,
      drain: z.boolean().exactOptional().describe('Its slots go to the other primaries first.'),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('fix'),
      withoutUnreachable: z
        .boolean()
        .exactOptional()
        .describe('Slots of primaries that do not answer go to others: what only those have is lost.'),
      replace: z
        .boolean()
        .exactOptional()
        .describe('Of a key that two nodes have and not the same, that of the node which gives stays.'),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('place-replicas'),
      barrier: z.int().min(0).max(100).exactOptional().describe('Replicas that a giver keeps; 1 without it.'),
      ...reshapeFields,
    }),
    z.strictObject({
      what: z.literal('set-timeout'),
      ms: z.int().min(1).max(86_400_000).describe('cluster-node-timeout.'),
      ...reshapeFields,
    }),
  ])
  .meta({ id: 'ReshapeRequest' });

export type ReshapeRequest = z.input<typeof reshapeRequestSchema>;

const requestedBy = printable.max(200).exactOptional().describe('Who asks, for the record.');
const forMs = z
  .int()
  .min(1)
  .max(366 * 86_400_000)
  .exactOptional()
  .describe('For how many milliseconds from now. Absent: it ends now.');
const why = printable.max(1000).exactOptional().describe('Why.');

export const acknowledgeRequestSchema = z
  .strictObject({
    comment: printable.max(1000).describe('What was found; on record.'),
    requestedBy,
  })
  .meta({ id: 'AcknowledgeRequest' });

export type AcknowledgeRequest = z.input<typeof acknowledgeRequestSchema>;

export const abandonRequestSchema = z
  .strictObject({
    reason: printable.max(1000).describe('Why it is given up; on record.'),
    candidateDown: z
      .boolean()
      .exactOptional()
      .describe('The one who asks has seen to it that the candidate takes no writes.'),
    requestedBy,
  })
  .meta({ id: 'AbandonRequest' });

export type AbandonRequest = z.input<typeof abandonRequestSchema>;

export const maintenanceRequestSchema = z
  .strictObject({ forMs, reason: why, requestedBy })
  .meta({ id: 'MaintenanceRequest' });

export const downtimeRequestSchema = maintenanceRequestSchema
  .extend({ server: printable.max(400).describe('A name, address, alias or id.') })
  .meta({ id: 'DowntimeRequest' });

export type MaintenanceRequest = z.input<typeof maintenanceRequestSchema>;
export type DowntimeRequest = z.input<typeof downtimeRequestSchema>;

/** No default port here: which one it is, only the engine knows. */
const noDefaultPort = 0;

export const discoverRequestSchema = z
  .strictObject({
    address: z
      .string()
      .refine((text) => parseAddress(text, noDefaultPort) !== undefined, 'host:port, or [IPv6]:port')
      .describe('`host:port` of any server of the cluster.'),
  })
  .meta({ id: 'DiscoverRequest' });

/** Of text that `discoverRequestSchema` let pass. */
export function addressOf(request: z.output<typeof discoverRequestSchema>): Address {
  const address = parseAddress(request.address, noDefaultPort);
  if (address === undefined) throw new TypeError(`not an address: ${request.address}`);
  return address;
}

export const clusterQuerySchema = z.strictObject({ cluster: z.string().min(1).exactOptional() });

export const operationQuerySchema = clusterQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(1000).exactOptional(),
});

export const eventQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).exactOptional().describe('The revision to go on after.'),
  operation: z.string().min(1).exactOptional().describe('Only the events of this operation.'),
});
