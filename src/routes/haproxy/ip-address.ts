/** HAProxy's runtime API takes and shows addresses, never names. */
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { Fault } from '../../contract/errors.ts';
import type { Address } from '../../core/identity.ts';

/** As HAProxy shows it, so that the two can be compared. */
export async function withIpAddress(address: Address): Promise<Address> {
  const host = isIP(address.host) ? address.host : await resolve(address.host);
  // The URL parser writes IPv6 in its shortest form, as inet_ntop does.
  return { ...address, host: isIPv6(host) ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host };
}

async function resolve(name: string): Promise<string> {
  try {
    return (await lookup(name)).address;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('route-refused', `HAProxy takes addresses only and ${name} has none: ${why}`, { cause });
  }
}
