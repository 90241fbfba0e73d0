/** A route in the configuration file. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { interfaceName, ipv4WithPrefix } from '../../contract/network-names.ts';
import { routeSettingsSchema } from '../../contract/policy-schema.ts';
import type { RouteSettings } from '../../core/policy.ts';
import type { Surroundings } from './secrets.ts';

/** HAProxy's own rule for names; anything else could end a command of its runtime API and begin another. */
const proxyName = (description: string) =>
  z
    .string()
    .regex(/^[\w.:-]+$/, "must be a name in HAProxy's sense: letters, digits, and . : _ -")
    .meta({ description })
    .exactOptional();

const only = (kind: RouteSettings['kind']) => ({
  error: ({ code }: { readonly code: string }) =>
    code === 'unrecognized_keys' ? `is no key of a ${kind} route` : undefined,
});

const [haproxy, vip] = routeSettingsSchema.options;
/** Which keys each kind has, and must have. */
const byKind = z.discriminatedUnion('kind', [
  z.strictObject(haproxy.shape, only('haproxy')),
  z.strictObject(vip.shape, only('vip')),
]);

export function routeSchema({ folder }: Surroundings) {
  return z
    .strictObject({
      name: z.string().min(1).meta({ description: 'For people; unique within the cluster.' }),
      kind: z
        .enum(['haproxy', 'vip'])
        .default('haproxy')
        .meta({ description: 'What it is: a slot in HAProxy, or an address that moves with the primary.' }),
      socket: z
        .string()
        .min(1)
        .transform((socket) => (socket.includes('/') ? resolve(folder, socket) : socket))
        .exactOptional()
        .meta({
          description: '`haproxy`, required: its runtime API, at level admin.',
          takes: 'path of a unix socket, or host:port',
        }),
      backend: proxyName(
        '`haproxy`, required: the backend with the server slot. The slot is to be its only server, without `resolvers`.',
      ),
      server: proxyName('`haproxy`, required: the server slot whose address is moved.'),
      frontend: proxyName(
        '`haproxy`: the frontend whose new clients wait during a hand-over; without it, they do not wait. Before HAProxy 2.4.28, 2.6.20, 2.8.12 and 3.0.6 they wait in the queue of the slot: give the backend a `timeout queue`.',
      ),
      maxconn: z.int().min(1).exactOptional().meta({
        description:
          "`haproxy`: the `maxconn` of that frontend or of the slot in HAProxy's configuration, where one is set: put back when the controller that held clients has died.",
      }),
      address: ipv4WithPrefix.exactOptional().meta({
        description:
          '`vip`, required: the address that the agents carry to the primary, with the length of its prefix. Each agent must name it too (`addresses`).',
        takes: 'IPv4 address with prefix, as 10.0.0.50/24',
      }),
      interface: interfaceName.exactOptional().meta({
        description:
          '`vip`: the network interface on the hosts. Without it, each host takes the one that has an address in the same network.',
      }),
    })
    .pipe(byKind);
}
