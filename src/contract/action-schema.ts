/** What a step of a plan does, verb by verb, as it crosses the API. */

import { z } from 'zod';
import type {
  Action,
  ChannelState,
  FollowSettings,
  LossLimits,
  PositionOf,
  PossibleWriter,
  Survivor,
  Target,
} from '../core/plan.ts';
import type { MovePace } from '../core/shards/cluster-shaper.ts';
import type { HandOverMode } from '../core/shards/hand-over-facts.ts';
import { addressSchema, instantSchema, positionSchema, serverIdSchema } from './identity-schema.ts';
import { commitsSchema, tlsSettingsSchema } from './observation-schema.ts';
import { hookSettingsSchema, routeSettingsSchema } from './policy-schema.ts';
import { list } from './schema-kinds.ts';

export const targetSchema = z
  .object({ id: serverIdSchema, name: z.string(), address: addressSchema })
  .meta({ id: 'Target', description: 'A server as a step names it.' }) satisfies z.ZodType<Target>;

/** Who accepts that acknowledged writes may be lost, and why. */
export const acceptedLossSchema = z.object({ by: z.string(), reason: z.string().exactOptional() });

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

const channelStateSchema = z
  .object({
    source: addressSchema,
    settings: followSettingsSchema,
    receiver: z.enum(['running', 'stopped']),
    applier: z.enum(['running', 'stopped']),
  })
  .meta({
    id: 'ChannelState',
    description: 'A channel of a replica as it was before it was touched.',
  }) satisfies z.ZodType<ChannelState>;

const possibleWriterSchema = z
  .object({ server: targetSchema, ruledOut: positionOfSchema.exactOptional() })
  .meta({
    id: 'PossibleWriter',
    description: 'A server that an operation may have made the primary before it fell silent.',
  }) satisfies z.ZodType<PossibleWriter>;

const lossLimitsSchema = z
  .object({
    durability: z.enum(['lossless', 'salvage', 'available']),
    maxLoss: z.union([z.number(), z.literal('any')]),
    lastSeen: positionSchema.exactOptional(),
    lastSeenAt: instantSchema.exactOptional(),
    commits: commitsSchema.exactOptional(),
    provenBy: z
      .object({ survivors: z.number(), among: list(positionOfSchema), because: z.string() })
      .exactOptional(),
    possible: list(possibleWriterSchema).exactOptional(),
    accepted: acceptedLossSchema.exactOptional(),
  })
  .meta({ id: 'LossLimits', description: 'What may be lost in a failover.' }) satisfies z.ZodType<LossLimits>;

const survivorSchema = z
  .object({
    server: targetSchema,
    gathered: positionOfSchema,
    logged: z.object({ file: z.string(), offset: z.number() }).exactOptional(),
  })
  .meta({
    id: 'Survivor',
    description: 'A replica that outlived its source, and the step that stopped it.',
  }) satisfies z.ZodType<Survivor>;

export const handOverModeSchema = z.enum(['default', 'force', 'takeover']) satisfies z.ZodType<HandOverMode>;

const replacementSchema = z.object({ operation: z.string(), at: z.number(), proven: z.boolean() });

const movePaceSchema = z.object({
  keysPerCall: z.number().exactOptional().describe('The most keys of one call.'),
  pauseMs: z.number().exactOptional().describe('A rest after every call.'),
}) satisfies z.ZodType<MovePace>;

export const actionSchema = z
  .discriminatedUnion('verb', [
    z.object({ verb: z.literal('verify') }),
    z.object({
      verb: z.literal('prepare'),
      servers: list(targetSchema),
      noFreeze: z.literal(true).exactOptional(),
    }),
    z.object({ verb: z.literal('run-hook'), hook: hookSettingsSchema, moment: z.enum(['before', 'after']) }),
    z.object({
      verb: z.literal('follow'),
      server: targetSchema,
      source: targetSchema,
      settings: followSettingsSchema,
      anew: followSettingsSchema.exactOptional(),
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
    z.object({
      verb: z.literal('freeze'),
      server: targetSchema,
      once: z.object({ server: targetSchema, withinMs: z.number() }).exactOptional(),
    }),
    z.object({ verb: z.literal('thaw'), server: targetSchema }),
    z.object({ verb: z.literal('demote'), server: targetSchema, under: targetSchema }),
    z.object({
      verb: z.literal('hand-over'),
      server: targetSchema,
      from: targetSchema,
      mode: handOverModeSchema,
      fromIsDead: z.literal(true).exactOptional(),
    }),
    z.object({
      verb: z.literal('await-position'),
      server: targetSchema,
      position: z.union([positionSchema, positionOfSchema]),
    }),
    z.object({
      verb: z.literal('promote'),
      server: targetSchema,
      from: targetSchema,
      semiSync: z
        .object({
          requiredAcks: z.number(),
          timeoutMs: z.number(),
          required: z
            .literal(false)
            .exactOptional()
            .describe('It is promoted all the same where this cannot be set.'),
        })
        .exactOptional(),
      position: positionOfSchema.exactOptional(),
    }),
    z.object({ verb: z.literal('confirm'), server: targetSchema }),
    z.object({
      verb: z.literal('fence'),
      server: targetSchema,
      agent: z.boolean(),
      hooks: list(hookSettingsSchema),
    }),
    z.object({
      verb: z.literal('rule-out'),
      server: targetSchema,
      agent: z.boolean(),
      hooks: list(hookSettingsSchema),
    }),
    z.object({
      verb: z.literal('unfence'),
      server: targetSchema,
      start: z.enum(['as-before', 'read-only']),
    }),
    z.object({ verb: z.literal('gather'), server: targetSchema }),
    z.object({
      verb: z.literal('restore-replication'),
      server: targetSchema,
      channels: list(channelStateSchema),
    }),
    z.object({ verb: z.literal('salvage'), server: targetSchema, survivors: list(positionOfSchema) }),
    z.object({
      verb: z.literal('assess'),
      server: targetSchema,
      survivors: list(positionOfSchema),
      tail: positionOfSchema.exactOptional(),
      limits: lossLimitsSchema,
    }),
    z.object({
      verb: z.literal('level'),
      server: targetSchema,
      survivors: list(survivorSchema),
      tail: positionOfSchema.exactOptional(),
    }),
    z.object({
      verb: z.literal('level-by-place'),
      server: targetSchema,
      survivors: list(survivorSchema),
      lastSeen: positionSchema,
      tail: positionOfSchema.exactOptional(),
    }),
    z.object({
      verb: z.literal('follow-from-place'),
      server: targetSchema,
      source: targetSchema,
      settings: followSettingsSchema,
      gathered: positionOfSchema,
      places: positionOfSchema,
    }),
    z.object({
      verb: z.literal('compare'),
      server: targetSchema,
      primary: targetSchema,
      replacement: replacementSchema.exactOptional(),
    }),
    z.object({
      verb: z.literal('save'),
      server: targetSchema,
      primary: targetSchema,
      surplus: positionOfSchema,
      replacement: replacementSchema.exactOptional(),
    }),
    z.object({
      verb: z.literal('restore'),
      server: targetSchema,
      primary: targetSchema,
      saved: positionOfSchema,
      means: list(z.enum(['flashback', 'clone'])),
      donors: list(targetSchema),
    }),
    z.object({ verb: z.literal('stop-replicating'), server: targetSchema }),
    z.object({
      verb: z.literal('commit-empty'),
      server: targetSchema,
      replica: targetSchema,
      surplus: positionOfSchema,
      planned: positionSchema,
    }),
    z.object({ verb: z.literal('settle-copy'), server: targetSchema, keepOldData: z.boolean() }),
    z.object({
      verb: z.literal('end-writers'),
      server: targetSchema,
      position: positionOfSchema.exactOptional(),
    }),
    z.object({ verb: z.literal('retire-source'), server: targetSchema }),
    z.object({ verb: z.literal('prove'), server: targetSchema, seenBy: list(targetSchema) }),
    z.object({
      verb: z.literal('move-slots'),
      from: targetSchema,
      to: targetSchema,
      slots: z.string().describe('`0-99 120`'),
      pace: movePaceSchema,
    }),
    z.object({
      verb: z.literal('repair-slots'),
      server: targetSchema,
      slots: z.string(),
      how: z.enum(['finish', 'close', 'gather', 'claim-empty', 'claim-keys', 'settle', 'tell']),
      withoutUnreachable: z.boolean(),
      replace: z.boolean(),
      pace: movePaceSchema,
    }),
    z.object({
      verb: z.literal('meet'),
      server: targetSchema,
      members: list(targetSchema),
      functionsFrom: targetSchema.exactOptional(),
    }),
    z.object({ verb: z.literal('replicate'), server: targetSchema, source: targetSchema }),
    z.object({
      verb: z.literal('forget'),
      server: targetSchema,
      by: list(targetSchema),
      reset: z.boolean(),
    }),
    z.object({ verb: z.literal('set-timeout'), server: targetSchema, ms: z.number() }),
    z.object({ verb: z.literal('agree'), servers: list(targetSchema) }),
  ])
  .meta({ id: 'Action' }) satisfies z.ZodType<Action>;
