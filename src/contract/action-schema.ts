/** What a step of a plan does, verb by verb, as it crosses the API. */
import { z } from 'zod';
import type { Action, FollowSettings, PositionOf, Target } from '../core/plan.ts';
import { addressSchema, positionSchema, serverIdSchema } from './identity-schema.ts';
import { tlsSettingsSchema } from './observation-schema.ts';
import { hookSettingsSchema, routeSettingsSchema } from './policy-schema.ts';
import { list } from './schema-kinds.ts';

export const targetSchema = z
  .object({ id: serverIdSchema, name: z.string(), address: addressSchema })
  .meta({ id: 'Target', description: 'A server as a step names it.' }) satisfies z.ZodType<Target>;

const positionOfSchema = z.object({ step: z.string() }).meta({
  id: 'PositionOf',
  description: 'A position known only while the plan runs: the output of an earlier step.',
}) satisfies z.ZodType<PositionOf>;

const followSettingsSchema = z
  .object({
    channel: z.string().exactOptional(),
    tls: tlsSettingsSchema.exactOptional(),
    heartbeatSeconds: z.number().exactOptional(),
    connectRetrySeconds: z.number().exactOptional(),
    delaySeconds: z.number().exactOptional(),
    wasPrimary: z.boolean(),
    semiSync: z.boolean().exactOptional(),
  })
  .meta({ id: 'FollowSettings' }) satisfies z.ZodType<FollowSettings>;

export const actionSchema = z
  .discriminatedUnion('verb', [
    z.object({ verb: z.literal('verify') }),
    z.object({ verb: z.literal('prepare'), servers: list(targetSchema) }),
    z.object({ verb: z.literal('run-hook'), hook: hookSettingsSchema, moment: z.enum(['before', 'after']) }),
    z.object({
      verb: z.literal('follow'),
      server: targetSchema,
      source: targetSchema,
      settings: followSettingsSchema,
      catchUp: z.boolean(),
      expect: positionOfSchema.exactOptional(),
    }),
    z.object({ verb: z.literal('catch-up'), server: targetSchema, source: targetSchema }),
    z.object({ verb: z.literal('hold-route'), route: routeSettingsSchema }),
    z.object({ verb: z.literal('release-route'), route: routeSettingsSchema, to: targetSchema }),
    z.object({
      verb: z.literal('drain'),
      server: targetSchema,
      graceMs: z.number(),
      afterGrace: z.enum(['end', 'give-up']),
    }),
    z.object({ verb: z.literal('freeze'), server: targetSchema }),
    z.object({ verb: z.literal('thaw'), server: targetSchema }),
    z.object({
      verb: z.literal('await-position'),
      server: targetSchema,
      position: z.union([positionSchema, positionOfSchema]),
    }),
    z.object({
      verb: z.literal('promote'),
      server: targetSchema,
      from: targetSchema,
      semiSync: z.object({ requiredAcks: z.number(), timeoutMs: z.number() }).exactOptional(),
      position: positionOfSchema,
    }),
    z.object({ verb: z.literal('end-writers'), server: targetSchema, position: positionOfSchema }),
    z.object({ verb: z.literal('retire-source'), server: targetSchema }),
    z.object({ verb: z.literal('prove'), server: targetSchema, seenBy: list(targetSchema) }),
  ])
  .meta({ id: 'Action' }) satisfies z.ZodType<Action>;
