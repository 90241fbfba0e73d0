/**
 * What may be there only once. Looks at the document as it was written, so that duplicates are told together
 * with everything else that is wrong with it.
 */
import { z } from 'zod';
import { formatAddress, parseAddress } from '../../core/identity.ts';
import { defaultPorts } from './cluster-schema.ts';
import { apiUrl } from './peers-schema.ts';
import { type Problem, pathText } from './problems.ts';

const word = z.string().optional().catch(undefined);
const named = z.object({ name: word, address: word });
const list = <T extends z.ZodType>(of: T) => z.array(of.optional().catch(undefined)).catch([]).default([]);
const outline = z.object({
  peers: list(z.object({ name: word, url: word })),
  clusters: list(z.object({ name: word, engine: word, servers: list(named), routes: list(named) })),
});

interface Entry {
  readonly path: readonly PropertyKey[];
  /** Undefined where it is missing or not even text. */
  readonly value: string | undefined;
}

export function duplicates(document: unknown): readonly Problem[] {
  const { clusters, peers } = outline.catch({ clusters: [], peers: [] }).parse(document);
  const ofPeers = (field: 'name' | 'url'): readonly Entry[] =>
    peers.map((peer, at) => ({ path: ['peers', at, field], value: peer?.[field] }));
  const entries = clusters.map((cluster, at) => {
    const within = (key: 'servers' | 'routes', field: 'name' | 'address'): readonly Entry[] =>
      (cluster?.[key] ?? []).map((item, index) => ({
        path: ['clusters', at, key, index, field],
        value: item?.[field],
      }));
    return {
      names: { path: ['clusters', at, 'name'], value: cluster?.name },
      serverNames: within('servers', 'name'),
      routeNames: within('routes', 'name'),
      addresses: within('servers', 'address').map((entry) => normalized(entry, cluster?.engine)),
    };
  });
  return [
    ...twice(ofPeers('name')),
    // One controller under two names would be two witnesses.
    ...twice(ofPeers('url').map(asOneUrl)),
    ...twice(entries.map(({ names }) => names)),
    ...entries.flatMap(({ serverNames, routeNames }) => [...twice(serverNames), ...twice(routeNames)]),
    // A server belongs to one cluster.
    ...twice(entries.flatMap(({ addresses }) => addresses)),
  ];
}

function normalized({ path, value }: Entry, engine: string | undefined): Entry {
  const [, port = 1] = Object.entries(defaultPorts).find(([kind]) => kind === engine) ?? [];
  const address = value === undefined ? undefined : parseAddress(value.toLowerCase(), port);
  return { path, value: address && formatAddress(address) };
}

function asOneUrl({ path, value }: Entry): Entry {
  return { path, value: value === undefined ? undefined : apiUrl(value) };
}

function twice(entries: readonly Entry[]): readonly Problem[] {
  const first = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    if (entry.value === undefined) return [];
    const earlier = first.get(entry.value);
    if (earlier === undefined) {
      first.set(entry.value, entry);
      return [];
    }
    return [{ path: entry.path, message: `${entry.value} is already taken by ${pathText(earlier.path)}` }];
  });
}
