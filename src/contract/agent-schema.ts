/** What the controller and the agent on a database host say to each other, over HTTPS with certificates of both. */
import { z } from 'zod';
import type {
  Fenced,
  HostRoom,
  HostState,
  MovingAddress,
  OldData,
  ServerAccount,
  Surplus,
  Tail,
  TakenCopy,
  UnfenceRequest,
  UnprovenCopy,
} from '../core/host.ts';
import type { OrderStamp } from '../core/order-stamp.ts';
import { position } from '../core/positions.ts';
import { operationIdSchema } from './identity-schema.ts';
import { interfaceName, ipv4WithPrefix } from './network-names.ts';

/** How long the asking side waits, in milliseconds: the agent gives up no later. */
export const deadlineHeader = 'dauphin-deadline-ms';

export const hostStateSchema = z.object({
  server: z.enum(['answers', 'silent', 'frozen', 'gone']),
  disk: z.enum(['writes', 'stuck']),
  fenced: z.boolean(),
  startsReadOnly: z.boolean(),
  canStartReadOnly: z.boolean(),
  upMs: z.number().min(0),
}) satisfies z.ZodType<HostState>;

export const fencedSchema: z.ZodType<Fenced> = z.object({ how: z.enum(['killed', 'was-gone']) });

export const orderStampSchema = z.strictObject({
  operation: operationIdSchema,
  lease: z.int(),
  order: z.int(),
}) satisfies z.ZodType<OrderStamp>;

/** What is ordered in nobody's name has no body. */
export const fenceRequestSchema = z.strictObject({ order: orderStampSchema.exactOptional() }).nullish();

export const unfenceRequestSchema: z.ZodType<UnfenceRequest> = z.strictObject({
  start: z.enum(['as-before', 'read-only', 'no']),
  order: orderStampSchema.exactOptional(),
});

export const unfencedSchema = z.object({ unfenced: z.literal(true) });

export const tailRequestSchema = z.strictObject({ after: z.string().transform(position) });

/** The first line of a tail's answer; the statements follow as they are, a character a byte. */
export const tailHeadSchema: z.ZodType<Omit<Tail, 'statements'>> = z.object({
  transactions: z.int().min(0),
  names: z.string(),
  upTo: z.string().transform(position),
  truncated: z.boolean(),
  bytes: z.int().min(0),
});

export const surplusRequestSchema = z.strictObject({
  after: z.string().transform(position),
  form: z.enum(['readable', 'reversed']),
});

/** The first line of a surplus's answer, as a tail's. */
export const surplusHeadSchema: z.ZodType<Omit<Surplus, 'statements'>> = z.object({
  transactions: z.int().min(0),
  names: z.string(),
  upTo: z.string().transform(position),
  newestAt: z.number().exactOptional(),
  tables: z.array(z.string()),
  irreversible: z.string().exactOptional(),
});

export const copyRequestSchema: z.ZodType<ServerAccount> = z.strictObject({
  user: z.string(),
  password: z.string(),
});

export const takenCopySchema: z.ZodType<TakenCopy> = z.object({
  position: z.string().transform(position),
  oldData: z.string(),
});

export const movingAddressSchema: z.ZodType<MovingAddress> = z.strictObject({
  address: ipv4WithPrefix,
  interface: interfaceName.exactOptional(),
});

export const heldAddressSchema = z.object({ held: z.boolean() });

export const hostRoomSchema: z.ZodType<HostRoom> = z.object({ free: z.number(), spare: z.number() });

export const unprovenCopySchema: z.ZodType<UnprovenCopy> = z.object({
  position: z.string().transform(position).exactOptional(),
});

export const settleRequestSchema = z.strictObject({ keepOldData: z.boolean() });

export const oldDataSchema: z.ZodType<OldData> = z.object({ folder: z.string(), bytes: z.number() });
