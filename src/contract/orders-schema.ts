/** Acknowledgement, downtime and maintenance as they cross the API and lie in the store. */
import { z } from 'zod';
import type { Downtime } from '../core/policy.ts';
import type { Acknowledgement, ServerDowntime, StandingOrders } from '../core/recovery/standing-orders.ts';
import { instantSchema, serverIdSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

export const downtimeSchema = z
  .object({ until: instantSchema, owner: z.string(), reason: z.string() })
  .meta({ id: 'Downtime' }) satisfies z.ZodType<Downtime>;

export const acknowledgementSchema = z
  .object({ at: instantSchema, by: z.string(), comment: z.string() })
  .meta({ id: 'Acknowledgement' }) satisfies z.ZodType<Acknowledgement>;

const serverDowntimeSchema = downtimeSchema
  .extend({ server: serverIdSchema })
  .meta({ id: 'ServerDowntime' }) satisfies z.ZodType<ServerDowntime>;

export const standingOrdersSchema = z
  .object({
    acknowledged: acknowledgementSchema.exactOptional(),
    maintenance: downtimeSchema.exactOptional(),
    downtimes: list(serverDowntimeSchema),
  })
  .meta({
    id: 'StandingOrders',
    description: 'What people have ordered of a cluster.',
  }) satisfies z.ZodType<StandingOrders>;
