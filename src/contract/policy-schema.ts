/** The parts of the configuration that the API shows: a server's settings, and the hooks and routes of a plan. */
import { z } from 'zod';
import type { HookSettings, RouteSettings, ServerSettings } from '../core/policy.ts';
import { addressSchema, instantSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

export const serverSettingsSchema = z
  .object({
    name: z.string().exactOptional(),
    address: addressSchema,
    promotionRule: z.enum(['must', 'prefer', 'neutral', 'prefer_not', 'must_not']),
    dataCenter: z.string().exactOptional(),
    region: z.string().exactOptional(),
    agent: addressSchema.exactOptional(),
    downtime: z.object({ until: instantSchema, owner: z.string(), reason: z.string() }).exactOptional(),
  })
  .meta({ id: 'ServerSettings' }) satisfies z.ZodType<ServerSettings>;

export const hookSettingsSchema = z
  .object({ command: list(z.string()), timeoutMs: z.number() })
  .meta({ id: 'HookSettings' }) satisfies z.ZodType<HookSettings>;

export const routeSettingsSchema = z
  .discriminatedUnion('kind', [
    z.object({
      name: z.string(),
      kind: z.literal('haproxy'),
      socket: z.string(),
      backend: z.string(),
      server: z.string(),
      frontend: z.string().exactOptional(),
      maxconn: z.number().exactOptional(),
    }),
    z.object({
      name: z.string(),
      kind: z.literal('vip'),
      address: z.string(),
      interface: z.string().exactOptional(),
    }),
  ])
  .meta({ id: 'RouteSettings' }) satisfies z.ZodType<RouteSettings>;
