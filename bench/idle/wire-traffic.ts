/**
 * What went over a process's TCP connections, by the kernel's own counters (`ss` shows them). A statement bundle fits
 * one segment of the loopback device, so a segment with data that the client sent is one request: one round trip.
 */
import { formatAddress } from '../../src/core/identity.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { runProgram } from '../../test/kit/run-program.ts';

export interface WireTraffic {
  readonly requests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** By connection: one that was closed must not be taken for one that went backwards. */
export type Wires = ReadonlyMap<string, WireTraffic>;

/** Undefined when this machine's `ss` is missing or tells nothing. */
export async function wiresOf(pid: number, servers: readonly DatabaseServer[]): Promise<Wires | undefined> {
  const text = await runProgram('ss', ['-tniHOp'], { deadlineMs: 10_000 }).catch(() => '');
  const addresses = new Set(servers.map(({ address }) => formatAddress(address)));
  const wires = new Map(
    text
      .split('\n')
      .filter((line) => line.includes(`pid=${pid},`))
      .flatMap((line) => wireOf(line, addresses)),
  );
  return wires.size === 0 ? undefined : wires;
}

export function trafficBetween(before: Wires, after: Wires): WireTraffic {
  let total: WireTraffic = { requests: 0, bytesSent: 0, bytesReceived: 0 };
  for (const [wire, now] of after) {
    const then = before.get(wire) ?? { requests: 0, bytesSent: 0, bytesReceived: 0 };
    total = {
      requests: total.requests + now.requests - then.requests,
      bytesSent: total.bytesSent + now.bytesSent - then.bytesSent,
      bytesReceived: total.bytesReceived + now.bytesReceived - then.bytesReceived,
    };
  }
  return total;
}

/** `ESTAB 0 0 127.0.0.1:4242 127.0.0.11:3306 users:(…) … bytes_sent:1 … bytes_received:2 … data_segs_out:3 …` */
function wireOf(line: string, addresses: ReadonlySet<string>): readonly [string, WireTraffic][] {
  const [, , , local = '', peer = ''] = line.split(/\s+/);
  if (!addresses.has(peer)) return [];
  const counter = (name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0);
  const traffic: WireTraffic = {
    requests: counter('data_segs_out'),
    bytesSent: counter('bytes_sent'),
    bytesReceived: counter('bytes_received'),
  };
  return [[`${local} ${peer}`, traffic]];
}
