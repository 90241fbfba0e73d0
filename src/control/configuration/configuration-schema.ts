/** The configuration file's keys, their defaults and meanings. The reference page is made of this. */
import { z } from 'zod';
import { clusterSchema } from './cluster-schema.ts';
import { credentialsSchema } from './credentials-schema.ts';
import { duration } from './duration.ts';
import { peersSchema } from './peers-schema.ts';
import { pathKey, type Surroundings } from './secrets.ts';
import { sentinelSchema } from './sentinel-schema.ts';

const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'Address of the network interface.' }),
    port: z.int().min(0).max(65535).default(7432).meta({ description: 'Port; 0 for any that is free.' }),
  })
  .prefault({})
  .meta({ description: 'Where the API and the page are served.' });

const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .meta({ description: 'The least that is logged.' }),
  })
  .prefault({})
  .meta({ description: 'The log, on standard error.' });

const poll = z
  .strictObject({
    interval: duration('From one look at a server to the next.', 10).prefault('1s'),
    deadline: duration('A server that has not answered by then is unreachable for this look.', 10).prefault(
      '1s',
    ),
  })
  .prefault({})
  .meta({ description: 'How servers are watched.' });

const recovery = z
  .strictObject({
    atOnce: z.int().min(1).default(3).meta({
      description: 'So many automatic failovers may be under way at once, over all clusters.',
    }),
    brake: z
      .strictObject({
        failovers: z.int().min(1).default(5).meta({
          description:
            'So many failovers within that time look like one common cause: further ones need a person.',
        }),
        within: duration('The time in which they are counted, over all clusters.', 1).prefault('10m'),
      })
      .prefault({})
      .meta({ description: 'What stops automatic failovers when everything seems to die.' }),
  })
  .prefault({})
  .meta({ description: 'How far automatic failovers may go.' });

export function configurationSchema(surroundings: Surroundings) {
  return z.strictObject({
    listen,
    dataDir: pathKey('What has to survive a restart: operations and their journals.', surroundings).prefault(
      '.dauphin',
    ),
    log,
    poll,
    recovery,
    peers: peersSchema(surroundings),
    sentinel: sentinelSchema(surroundings),
    credentials: credentialsSchema(surroundings),
    clusters: z
      .array(clusterSchema(surroundings))
      .default([])
      .meta({ description: 'The clusters to look after.' }),
  });
}

export type ConfigurationText = z.output<ReturnType<typeof configurationSchema>>;
