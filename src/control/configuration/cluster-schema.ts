/** One cluster in the configuration file: its servers, its policy, its routes and hooks. */
import { z } from 'zod';
import { type Address, clusterName, parseAddress } from '../../core/identity.ts';
import type { EngineKind } from '../../core/observation.ts';
import { clusterCredentialsSchema } from './credentials-schema.ts';
import { duration } from './duration.ts';
import { maintenance } from './maintenance-schema.ts';
import { routeSchema } from './route-schema.ts';
import type { Surroundings } from './secrets.ts';

const ENGINES = ['mariadb', 'mysql', 'redis', 'redis-cluster'] as const satisfies readonly EngineKind[];
/** What an address that names no port means. */
export const defaultPorts: Readonly<Record<EngineKind, number>> = {
  mariadb: 3306,
  mysql: 3306,
  redis: 6379,
  'redis-cluster': 6379,
};
/** Stands for the engine's, until that is known. */
export const UNNAMED_PORT = 0;
const anyPort = 1;
export const DEFAULT_AGENT_PORT = 7433;

const address = (description: string, defaultPort = UNNAMED_PORT) =>
  z
    .string()
    .transform((text, context): Address => {
      const parsed = parseAddress(text, defaultPort || anyPort);
      const named = parseAddress(text, 0) !== undefined;
      if (parsed) return named ? parsed : { ...parsed, port: defaultPort };
      const message = 'must be an address such as 10.0.0.1:3306, db1.example.com or [::1]:3306';
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .meta({
      description,
      takes: `address (port ${defaultPort === UNNAMED_PORT ? '3306, or 6379 of Redis,' : defaultPort} when it names none)`,
    });

const instant = (description: string) =>
  z
    .string()
    .transform((text, context): number => {
      const at = Date.parse(text);
      if (!Number.isNaN(at)) return at;
      const message = 'must be a time such as 2026-03-01T06:00:00Z';
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .meta({ description, takes: 'time' });

const text = (description: string) => z.string().min(1).meta({ description });

const downtime = z
  .strictObject({
    until: instant('When it ends.'),
    owner: text('Who asked for it.').default('configuration'),
    reason: z.string().default('').meta({ description: 'Why.' }),
  })
  .exactOptional()
  .meta({ description: 'Problems of the server are shown but call nobody, and it is no candidate.' });

const server = z.strictObject({
  address: address('Where the controller reaches it.'),
  name: text('A short name for people; the address where none is given.').exactOptional(),
  promotionRule: z
    .enum(['must', 'prefer', 'neutral', 'prefer_not', 'must_not'])
    .default('neutral')
    .meta({ description: 'How willingly it is made primary when no candidate is named.' }),
  dataCenter: text('Where it stands; see `crossDataCenter`.').exactOptional(),
  region: text('In which part of the world; see `failover.crossRegion`.').exactOptional(),
  agent: address('Where the agent on its host listens.', DEFAULT_AGENT_PORT).exactOptional(),
  downtime,
});

const switchover = z
  .strictObject({
    maxLag: duration('A candidate further behind than this is refused.').prefault('10s'),
    grace: duration('How long running transactions may go on before the primary is frozen.').prefault(
      '500ms',
    ),
    afterGrace: z
      .enum(['end', 'give-up'])
      .default('end')
      .meta({ description: 'Transactions still running then are ended, or the switchover is given up.' }),
    reach: duration('How long the candidate may take to apply the frozen position.', 1).prefault('2s'),
    approach: duration('How long it may take to catch up while writes go on.', 1).prefault('10s'),
    step: duration('How long one change of one server may take.', 1).prefault('5s'),
    follow: duration('How long the others get to follow the new primary.', 1).prefault('10s'),
    crossDataCenter: z.boolean().default(true).meta({
      description: 'A server in another data center than the primary may be chosen when none is named.',
    }),
  })
  .prefault({})
  .meta({ description: 'How the primary is handed over.' });

const failover = z
  .strictObject({
    mode: z.enum(['automatic', 'manual', 'observe']).default('manual').meta({
      description:
        'What happens when the primary dies: Dauphin takes over, waits for a person, or only says what it would have done.',
    }),
    durability: z.enum(['lossless', 'salvage', 'available']).default('salvage').meta({
      description:
        'When a replica may be promoted: once it is proven that nothing acknowledged is lost; once the dead log was read or its host is gone; or at once.',
    }),
    maxLoss: z
      .union([z.int().min(0), z.literal('any')])
      .default(0)
      .meta({
        description: 'So many transactions known to be missing are put up with; more need a person.',
        takes: 'whole number, or `any`',
      }),
    maxLag: duration('A candidate further behind than this is passed over while there is another.').prefault(
      '1m',
    ),
    grace: duration('A dead primary is given this long to come back by itself.').prefault('0s'),
    salvage: duration('How long the log on the dead host is waited for.', 1).prefault('10s'),
    level: duration('How long the candidate may take to apply what others hold.', 1).prefault('5m'),
    step: duration('How long one change of one server may take.', 1).prefault('5s'),
    follow: duration('How long the others get to follow the new primary.', 1).prefault('30s'),
    crossDataCenter: z.boolean().default(true).meta({
      description: 'A server in another data center than the dead primary may be chosen.',
    }),
    crossRegion: z.boolean().default(false).meta({
      description: 'A server in another region than the dead primary may be chosen.',
    }),
    quiet: duration('After a failover, how long the next one needs a person.').prefault('1h'),
    takeover: z.boolean().default(false).meta({
      description:
        'Of Redis Cluster: when no majority of primaries is left to elect, a replica takes over by its own word (TAKEOVER).',
    }),
    rejoin: z.enum(['automatic', 'manual']).default('automatic').meta({
      description: 'Whether the old primary becomes a replica again by itself.',
    }),
    restore: z
      .array(z.enum(['flashback', 'clone']))
      .default(['flashback', 'clone'])
      .meta({
        description: 'What may be done to an old primary that has transactions of its own, in this order.',
        takes: 'list of `flashback` or `clone`',
      }),
    keepOldData: z.boolean().default(true).meta({
      description:
        'MariaDB: the data that a copy replaced stays on the host, beside the data folder, until the next copy. Without it, it is removed as soon as the server is seen to follow.',
    }),
  })
  .prefault({})
  .meta({ description: 'What happens when the primary dies.' });

const detection = z
  .strictObject({
    pulse: duration('From one pulse of the primary to the next.', 10).prefault('250ms'),
    answer: duration('A primary that leaves a pulse unanswered for so long is suspected.', 10).prefault(
      '750ms',
    ),
    inquest: duration('How long witnesses are asked before a suspicion is given up for now.', 10).prefault(
      '2s',
    ),
    stuck: duration(
      'A primary whose log does not reach its disk for so long is dead if the agent on its host finds the disk stuck, too.',
      2000,
    ).prefault('3s'),
  })
  .prefault({})
  .meta({ description: 'How the death of a primary is noticed.' });

const hook = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .meta({ description: 'Program and arguments, run without a shell.', takes: 'list of text' }),
  timeout: duration('It is killed with all that it has started when it takes longer.', 1).prefault('10s'),
});

const hooks = z
  .strictObject({
    beforeSwitchover: z.array(hook).default([]).meta({
      description: 'Run before anything is changed, one after the other; a status other than 0 is a veto.',
    }),
    afterSwitchover: z
      .array(hook)
      .default([])
      .meta({ description: 'Run when the new primary takes writes; their status changes nothing.' }),
    fence: z.array(hook).default([]).meta({
      description:
        'Run where no agent puts a dead primary down, one after the other until one ends with status 0: it is down for certain (STONITH).',
    }),
    beforeFailover: z.array(hook).default([]).meta({
      description: 'Run before a dead primary is replaced; a status other than 0 is a veto.',
    }),
    afterFailover: z.array(hook).default([]).meta({
      description: 'Run when the new primary takes writes; their status changes nothing.',
    }),
  })
  .prefault({})
  .meta({ description: 'Programs that are told of a switchover or a failover, and one that fences.' });

export function clusterSchema(surroundings: Surroundings) {
  return z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be made of letters, digits, and . _ - within')
      .transform(clusterName)
      .meta({ description: 'Unique; stands in commands and in URLs.', takes: 'text' }),
    engine: z.enum(ENGINES).meta({ description: 'What its servers run.' }),
    seeds: z.array(address('One server of it.')).default([]).meta({
      description: 'Servers to begin with; the others are found. Without any, those in `servers`.',
      takes: 'list of address',
    }),
    servers: z
      .array(server)
      .default([])
      .meta({ description: 'What people say of single servers. One that is found need not be listed.' }),
    lagFinding: duration('A replica further behind than this is a finding.').prefault('10s'),
    longTransaction: duration('An open transaction older than this is shown and warned of.').prefault('10s'),
    exactSemiSync: z.boolean().default(false).meta({
      description:
        'More semi-synchronous replicas than a commit waits for are a finding, as with Orchestrator’s EnforceExactSemiSyncReplicas.',
    }),
    switchover,
    failover,
    detection,
    maintenance,
    routes: z
      .array(routeSchema(surroundings))
      .default([])
      .meta({ description: 'How clients reach the primary.' }),
    hooks,
    credentials: clusterCredentialsSchema(surroundings),
  });
}

export type ClusterText = z.output<ReturnType<typeof clusterSchema>>;
