/** Finds clusters and servers by what people call them. */

import { Fault } from '../contract/errors.ts';
import { type Address, formatAddress } from '../core/identity.ts';
import type { Node, Topology } from '../core/topology.ts';

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'there are none' : names.join(', ');

export function clusterNotFound(reference: string, names: readonly string[]): Fault {
  return new Fault('not-found', `no cluster "${reference}"; clusters: ${listed(names)}`, {
    details: { clusters: names },
  });
}

export interface Found {
  readonly topology: Topology;
  readonly node: Node;
}

/** By id, name, address or alias. Throws `not-found`, or `bad-request` when several clusters have one. */
export function findServer(reference: string, topologies: readonly Topology[]): Found {
  const matches = topologies.flatMap((topology) =>
    topology.nodes.filter((node) => isCalled(node, reference)).map((node) => ({ topology, node })),
  );
  const [first, second] = matches;
  if (!first) {
    const names = topologies.flatMap((topology) => topology.nodes.map((node) => node.name));
    throw new Fault('not-found', `no server "${reference}"; servers: ${listed(names)}`, {
      details: { servers: names },
    });
  }
  if (second) {
    const clusters = matches.map(({ topology }) => topology.cluster);
    throw new Fault('bad-request', `server "${reference}" is in ${listed(clusters)}: name the cluster`, {
      details: { field: 'server', clusters },
    });
  }
  return first;
}

function isCalled(node: Node, reference: string): boolean {
  const addresses: readonly (Address | undefined)[] = [node.address, ...node.aliases, node.seen?.announced];
  return (
    node.id === reference ||
    node.name === reference ||
    addresses.some((address) => address !== undefined && formatAddress(address) === reference)
  );
}
