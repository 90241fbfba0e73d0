/** Names, addresses and positions as they cross the API. */
import { z } from 'zod';
import type { Address, ClusterName, OperationId, ServerId } from '../core/identity.ts';
import type { Position, PositionGap } from '../core/positions.ts';
import { branded } from './schema-kinds.ts';

export const serverIdSchema = branded<ServerId>();
export const clusterNameSchema = branded<ClusterName>();
export const operationIdSchema = branded<OperationId>();

/** May be empty: a server that never wrote anything is at the start of its history. */
export const positionSchema = z.string() as unknown as z.ZodType<Position, Position>;

export const addressSchema = z
  .object({ host: z.string(), port: z.number().int() })
  .meta({ id: 'Address' }) satisfies z.ZodType<Address>;

export const positionGapSchema = z
  .object({
    count: z
      .number()
      .describe('How many transactions, or bytes; a lower bound where the engine cannot count them.'),
    unit: z.literal('bytes').exactOptional().describe('Bytes of the replication stream are counted.'),
    text: z.string().describe("The transactions in the engine's own notation."),
  })
  .meta({ id: 'PositionGap' }) satisfies z.ZodType<PositionGap>;

/** Epoch milliseconds. */
export const instantSchema = z.number().describe('Epoch milliseconds.');
