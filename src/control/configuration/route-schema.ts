/** A route in the configuration file. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Surroundings } from './secrets.ts';

/** HAProxy's own rule for names; anything else could end a command of its runtime API and begin another. */
const proxyName = (description: string) =>
  z
    .string()
    .regex(/^[\w.:-]+$/, "must be a name in HAProxy's sense: letters, digits, and . : _ -")
    .meta({ description });

export function routeSchema({ folder }: Surroundings) {
  return z.strictObject({
    name: z.string().min(1).meta({ description: 'For people; unique within the cluster.' }),
    kind: z.literal('haproxy').default('haproxy').meta({ description: 'What it is.' }),
    socket: z
      .string()
      .min(1)
      .transform((socket) => (socket.includes('/') ? resolve(folder, socket) : socket))
      .meta({
        description: 'Its runtime API, at level admin.',
        takes: 'path of a unix socket, or host:port',
      }),
    backend: proxyName(
      'The backend with the server slot. The slot is to be its only server, without `resolvers`.',
    ),
    server: proxyName('The server slot whose address is moved.'),
    frontend: proxyName(
      'The frontend whose new clients wait during a hand-over; without it, they do not wait. Before HAProxy 2.4.28, 2.6.20, 2.8.12 and 3.0.6 they wait in the queue of the slot: give the backend a `timeout queue`.',
    ).exactOptional(),
    maxconn: z.int().min(1).exactOptional().meta({
      description:
        "The `maxconn` of that frontend or of the slot in HAProxy's configuration, where one is set: put back when the controller that held clients has died.",
    }),
  });
}
