/** The host's interfaces and their IPv4 addresses, as `ip -j -4 addr show` tells them, and what follows from that. */
import { z } from 'zod';
import type { MovingAddress } from '../../core/host.ts';

const schema = z.array(
  z.object({
    ifname: z.string(),
    addr_info: z.array(z.object({ local: z.string(), prefixlen: z.int() })).default([]),
  }),
);

export type NetworkLinks = Readonly<z.output<typeof schema>>;

export interface Placed {
  readonly interface: string;
  /** With its prefix, as it lies there. */
  readonly address: string;
}

export function readLinks(json: string): NetworkLinks {
  // Interfaces without an address of this family come as empty objects.
  const listed = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(json || '[]'));
  return schema.parse(listed.filter(({ ifname }) => ifname !== undefined));
}

export const hostOf = ({ address }: Pick<MovingAddress, 'address'>): string => address.split('/')[0] ?? '';

/** Everywhere that the host has the address now: on two interfaces, or with two prefixes, it is there twice. */
export function placesOf(links: NetworkLinks, asked: MovingAddress): readonly Placed[] {
  const host = hostOf(asked);
  return links
    .flatMap(({ ifname, addr_info: addresses }) =>
      addresses.map(({ local, prefixlen }) => ({ local, at: `${local}/${prefixlen}`, ifname })),
    )
    .filter(({ local }) => local === host)
    .map(({ at, ifname }) => ({ interface: ifname, address: at }));
}

/** The interface that it would come to; undefined when none is in its network. */
export function interfaceFor(links: NetworkLinks, asked: MovingAddress): string | undefined {
  if (asked.interface !== undefined) return asked.interface;
  const prefix = Number(asked.address.split('/')[1]);
  const network = networkOf(hostOf(asked), prefix);
  return links.find(({ addr_info: addresses }) =>
    addresses.some(({ local }) => networkOf(local, prefix) === network),
  )?.ifname;
}

function networkOf(host: string, prefix: number): number {
  const bits = host.split('.').reduce((whole, part) => whole * 256 + Number(part), 0);
  return Math.floor(bits / 2 ** (32 - prefix));
}
