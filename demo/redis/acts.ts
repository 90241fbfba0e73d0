/**
 * The demo of Redis Cluster, act by act: one primary is handed over, another is killed, and two empty servers become a
 * shard and get its share of the slots. After each: how long the application waited, and what became of its writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAddress } from '../../src/core/identity.ts';
import { awaitOperation } from '../await-operation.ts';
import type { Dauphin } from '../dauphin.ts';
import type { Screen } from '../screen.ts';
import { CLUSTER } from '../stage.ts';
import { awaitCalm, killPrimary, startAgain } from './primaries.ts';
import type { Stage } from './stage.ts';
import { showPauses, showTally, type Tally, tally } from './tally.ts';
import type { Watch, WritesView } from './writes-view.ts';

export interface Scene {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly dauphin: Dauphin;
  readonly view: WritesView;
  readonly signal: AbortSignal;
}

/** Writes go on for as long before and after, so that there is something to be lost. */
const SHOWN_MS = 1000;
const TAKE_OVER_MS = 30_000;
const SWITCHED = { from: 'db1', to: 'db4' };
const KILLED = 'db2';

/** Whether what must not be lost was kept. */
export async function perform(scene: Scene): Promise<boolean> {
  const handedOver = await handOver(scene);
  // Redis answers first and replicates then: what the dead one acknowledged last is not the controller's to keep.
  const { lost } = await takeOver(scene);
  const grown = await grow(scene);
  return handedOver.acknowledged > 0 && handedOver.lost === 0 && grown.lost === lost;
}

async function handOver(scene: Scene): Promise<Tally> {
  const { stage, screen, dauphin, view, signal } = scene;
  const { from, to } = SWITCHED;
  begin(scene, 'What there is', 'Three shards, each with a third of the slots: a primary and its replica.');
  await dauphin.run('topology', CLUSTER);
  begin(scene, 'What would happen', `The plan of handing ${from}'s shard to ${to}; nothing is changed.`);
  await dauphin.run('switchover', CLUSTER, '--to', to, '--dry-run');
  await sleep(SHOWN_MS, undefined, { signal });
  begin(scene, 'It happens', 'No write is lost, and the other shards do not notice.');
  const watch = await view.watch(stage);
  await dauphin.run('switchover', CLUSTER, '--to', to);
  await sleep(SHOWN_MS, undefined, { signal });
  screen.act('What the application saw');
  return showWrites(scene, watch);
}

async function takeOver(scene: Scene): Promise<Tally> {
  const { stage, screen, dauphin, view, signal } = scene;
  begin(
    scene,
    'A primary dies',
    'Its replica is elected at once; the cluster alone would take 5 s to notice.',
  );
  const watch = await view.watch(stage);
  const dead = await killPrimary(stage, screen, KILLED);
  const deadlineMs = TAKE_OVER_MS;
  const failover = await awaitOperation('failover', stage.controller, { signal, deadlineMs });
  await dauphin.run('explain', failover.id);
  await sleep(SHOWN_MS, undefined, { signal });
  screen.act('What the application saw');
  const found = await showWrites(scene, watch);
  begin(scene, 'The old one comes back', `${dead.name} is started again, and follows who took its place.`);
  await startAgain(stage, dead);
  await dauphin.run('topology', CLUSTER);
  return found;
}

async function grow(scene: Scene): Promise<Tally> {
  const { stage, screen, dauphin, view, signal } = scene;
  const [primary, replica] = stage.spares;
  begin(scene, 'It grows', `${primary.name} and ${replica.name}, both empty, become a fourth shard.`);
  await dauphin.run('add-node', CLUSTER, formatAddress(primary.address));
  await dauphin.run(
    'add-node',
    CLUSTER,
    formatAddress(replica.address),
    '--replica-of',
    formatAddress(primary.address),
  );
  begin(scene, 'It is balanced', 'A quarter of the slots moves there, with all keys in them, under load.');
  const watch = await view.watch(stage);
  await dauphin.run('rebalance', CLUSTER, '--use-empty');
  await awaitCalm(stage);
  await dauphin.run('topology', CLUSTER);
  await sleep(SHOWN_MS, undefined, { signal });
  screen.act('What the application saw');
  return showWrites(scene, watch);
}

/** An act, and what it shows. */
function begin({ screen }: Scene, title: string, shows: string): void {
  screen.act(title);
  screen.print(`  ${screen.palette.faint(shows)}\n`);
}

async function showWrites({ stage, screen, view }: Scene, watch: Watch): Promise<Tally> {
  showPauses(screen, await view.pauses(watch));
  const { stats } = await view.refresh();
  const found = await tally(view.records, stage);
  showTally(screen, found, stats);
  return found;
}
