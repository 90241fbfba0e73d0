import type { Placements } from '../placement.ts';
import { id } from './shard-cluster.ts';

/** `{ a: 'h1/z1', b: 'h2' }`: host and zone by node. */
export function places(labels: Readonly<Record<string, string>>): Placements {
  return new Map(
    Object.entries(labels).map(([node, label]) => {
      const [host = '', zone] = label.split('/');
      return [id(node), zone === undefined ? { host } : { host, zone }];
    }),
  );
}
