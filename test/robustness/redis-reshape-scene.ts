/** A Redis Cluster under control, with empty nodes beside it, and what its tests ask of it. */
import { Cluster } from 'ioredis';
import type { ReshapeAsked } from '../../src/control/control-plane.ts';
import type { Address } from '../../src/core/identity.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Store } from '../../src/core/store.ts';
import {
  type ClusterScene,
  type EmptyNodes,
  startClusterScene,
  startEmptyNodes,
} from '../engine/redis-cluster-scene.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import type { RedisClusterOptions } from '../kit/redis/redis-cluster.ts';

type Without<Of, Key extends string> = Of extends unknown ? Omit<Of, Key> : never;
export type Change = Without<ReshapeAsked, 'cluster' | 'requestedBy'>;

export interface ReshapeScene extends AsyncDisposable {
  readonly scene: ClusterScene;
  readonly control: TestControl;
  readonly empty: EmptyNodes;
}

export interface ReshapeSceneOptions extends Partial<RedisClusterOptions> {
  readonly emptyNodes?: number;
  readonly store?: Store;
}

export async function startReshapeScene(options: ReshapeSceneOptions = {}): Promise<ReshapeScene> {
  await using resources = new AsyncDisposableStack();
  const { emptyNodes = 0, store, ...cluster } = options;
  const scene = resources.use(await startClusterScene({ nodeTimeoutMs: 5_000, ...cluster }));
  const empty = resources.use(await startEmptyNodes(emptyNodes, scene.cluster.servers.length));
  const control = resources.use(await startControl(scene.cluster, store === undefined ? {} : { store }));
  const kept = resources.move();
  return { scene, control, empty, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export const asked = (change: Change): ReshapeAsked => ({
  cluster: 'orders',
  requestedBy: 'test',
  ...change,
});

/** Asks, waits for the end, and returns the operation as it lies in the store. */
export async function reshape(control: TestControl, change: Change, withinMs = 60_000): Promise<Operation> {
  const answer = await control.controller.reshape(asked(change));
  return answer.ok ? control.ended(answer.operation.id, withinMs) : answer.operation;
}

export const told = (operation: Operation): string =>
  JSON.stringify(operation.refusals ?? operation.outcome, null, 1);

/** How many slots each owner has, in the eyes of one node. */
export async function sharesOf(scene: ClusterScene): Promise<ReadonlyMap<string, number>> {
  const nodes = await scene.cluster.nodes();
  return new Map(
    nodes
      .map(({ address, slots }): [string, number] => [
        formatAddress(address),
        slots.reduce((sum, [first, last]) => sum + last - first + 1, 0),
      ])
      .filter(([, count]) => count > 0),
  );
}

/** Slots on their way, by any node that runs. */
export async function openSlots(scene: ClusterScene): Promise<readonly number[]> {
  const running = scene.cluster.servers.filter((server) => server.running);
  const views = await Promise.all(running.map(({ name }) => scene.view(name)));
  return views.flatMap(({ nodes }) =>
    nodes.flatMap(({ migrating, importing }) => [...migrating, ...importing].map(({ slot }) => slot)),
  );
}

/** Keys `f:0` and so on, each with its number. */
export async function fill(seeds: readonly { readonly address: Address }[], keys: number): Promise<void> {
  const client = new Cluster(seeds.map(({ address }) => address));
  try {
    for (let at = 0; at < keys; at += 500) {
      const some = Array.from({ length: Math.min(500, keys - at) }, (_, n) => at + n);
      await Promise.all(some.map((n) => client.set(`f:${n}`, `${n}`)));
    }
  } finally {
    client.disconnect();
  }
}

/** Which of these keys cannot be read any more, or say something else. */
export async function lostOf(
  seeds: readonly { readonly address: Address }[],
  keys: number,
): Promise<readonly string[]> {
  const client = new Cluster(seeds.map(({ address }) => address));
  try {
    const lost: string[] = [];
    for (let at = 0; at < keys; at += 500) {
      const some = Array.from({ length: Math.min(500, keys - at) }, (_, n) => at + n);
      const values = await Promise.all(some.map((n) => client.get(`f:${n}`)));
      lost.push(...some.filter((n, index) => values[index] !== `${n}`).map((n) => `f:${n}`));
    }
    return lost;
  } finally {
    client.disconnect();
  }
}
