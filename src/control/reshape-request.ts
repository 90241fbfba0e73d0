/** What people ask of a cluster's shape, with the servers that they name found. */
import { Fault } from '../contract/errors.ts';
import { parseAddress, type ServerId } from '../core/identity.ts';
import type { MovePace } from '../core/shards/cluster-shaper.ts';
import type { ReshapeChange, ReshapeRequest } from '../core/shards/reshape-request.ts';
import type { ReshapeAsked } from './control-plane.ts';

export interface FoundServers {
  /** Throws `not-found`. */
  server(reference: string): Promise<ServerId>;
  readonly defaultPort: number;
}

export async function reshapeRequest(asked: ReshapeAsked, found: FoundServers): Promise<ReshapeRequest> {
  const { keysPerCall, pauseMs } = asked;
  const pace: MovePace = {
    ...(keysPerCall === undefined ? {} : { keysPerCall }),
    ...(pauseMs === undefined ? {} : { pauseMs }),
  };
  return { ...(await changeOf(asked, found)), ...pace };
}

async function changeOf(asked: ReshapeAsked, { server, defaultPort }: FoundServers): Promise<ReshapeChange> {
  switch (asked.what) {
    case 'rebalance': {
      const { what, weights = {}, threshold, useEmpty } = asked;
      const given: { server: ServerId; weight: number }[] = [];
      for (const [name, weight] of Object.entries(weights))
        given.push({ server: await server(name), weight });
      return {
        what,
        weights: given,
        ...(threshold === undefined ? {} : { threshold }),
        ...(useEmpty === undefined ? {} : { useEmpty }),
      };
    }
    case 'reshard': {
      const { what, from, to, slots } = asked;
      const sources: ServerId[] = [];
      if (from !== 'all') for (const name of from) sources.push(await server(name));
      return { what, from: from === 'all' ? from : sources, to: await server(to), slots };
    }
    case 'add-node': {
      const { what, replica = false, replicaOf } = asked;
      const address = parseAddress(asked.address, defaultPort);
      if (address === undefined)
        throw new Fault('bad-request', `"${asked.address}" is no address`, { details: { field: 'address' } });
      const as =
        replicaOf === undefined ? (replica ? 'needy' : 'primary') : { replicaOf: await server(replicaOf) };
      return { what, address, as };
    }
    case 'remove-node':
      return { what: asked.what, server: await server(asked.server), drain: asked.drain ?? false };
    case 'fix': {
      const { what, withoutUnreachable, replace } = asked;
      return {
        what,
        ...(withoutUnreachable === undefined ? {} : { withoutUnreachable }),
        ...(replace === undefined ? {} : { replace }),
      };
    }
    case 'place-replicas':
      return { what: asked.what, ...(asked.barrier === undefined ? {} : { barrier: asked.barrier }) };
    case 'set-timeout':
      return { what: asked.what, ms: asked.ms };
  }
}
