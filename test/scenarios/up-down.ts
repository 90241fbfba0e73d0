/**
 * Every order in which three servers can go down and come back, after replication-manager's rejoin tests (MSMXMS and
 * its kin): `M` the primary is killed and a failover asked for, `S` a replica is killed, `R` whatever is down comes back.
 */
import { expect } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { writableServers } from '../kit/aftermath.ts';
import { awaitEqual } from './check-ending.ts';
import type { Name } from './scenario.ts';
import { Stage } from './stage.ts';
import { insert } from './steps.ts';
import { takeStep } from './take-step.ts';

type Event = 'M' | 'S' | 'R';

const SERVERS = 3;

/** So many events long, each of which can happen then. Of a server that is down nothing else can be told than that. */
export function orders(length: number): readonly string[] {
  const extend = (order: string, up: number, primaryUp: boolean): readonly string[] => {
    if (order.length === length) return [order];
    const replicas = primaryUp ? up - 1 : up;
    return [
      // With a replica left it takes over, and is the primary that is up.
      ...(primaryUp ? extend(`${order}M`, up - 1, replicas > 0) : []),
      ...(primaryUp && replicas > 0 ? extend(`${order}S`, up - 1, true) : []),
      ...(up < SERVERS ? extend(`${order}R`, SERVERS, true) : []),
    ];
  };
  return extend('', SERVERS, true);
}

interface Play {
  readonly stage: Stage;
  /** Primaries that were replaced and are still down. */
  readonly replaced: Set<Name>;
  rows: number;
}

export async function playOrder(order: string, engine: SqlEngineKind): Promise<void> {
  await using stage = await Stage.set({ replicas: SERVERS - 1 }, engine);
  const play: Play = { stage, replaced: new Set(), rows: 1 };
  for (const event of `${order}R`.split('')) {
    await happen(event as Event, play);
    if (stage.running.includes(stage.primary)) await writesGoOn(play);
  }
}

function happen(event: Event, play: Play): Promise<void> {
  switch (event) {
    case 'M':
      return primaryDies(play);
    case 'S':
      return replicaDies(play);
    case 'R':
      return allReturn(play);
    default:
      return event satisfies never;
  }
}

async function primaryDies({ stage, replaced }: Play): Promise<void> {
  const dead = stage.primary;
  await stage.seen();
  await stage.server(dead).kill();
  const operation = await stage.control.failover();
  const told = JSON.stringify(operation.refusals ?? operation.outcome);
  if (stage.running.length === 0) {
    expect(operation.status, told).toBe('refused');
    return;
  }
  expect(operation.status, told).toBe('succeeded');
  expect(operation.outcome?.flags, told).toEqual([]);
  const next = stage.running.find((name) => name === operation.plan?.to.name);
  expect(next, told).toBeDefined();
  stage.primary = next ?? dead;
  replaced.add(dead);
}

async function replicaDies({ stage }: Play): Promise<void> {
  const victim = stage.running.find((name) => name !== stage.primary);
  if (victim === undefined) throw new RangeError('no replica is up');
  await stage.server(victim).kill();
}

/** Read-only by their configuration, as an agent would have it; but for a primary that nobody replaced. */
async function allReturn({ stage, replaced }: Play): Promise<void> {
  const down = stage.all.filter((name) => !stage.running.includes(name));
  await Promise.all(
    down.map((name) => stage.server(name).restart(name === stage.primary ? [] : ['--read-only=ON'])),
  );
  for (const name of down.filter((each) => replaced.has(each))) {
    await stage.seen();
    const operation = await stage.control.rejoin(name);
    expect(operation.status, JSON.stringify(operation.refusals ?? operation.outcome)).toBe('succeeded');
    replaced.delete(name);
  }
  await stage.settle();
}

/** What is written now is soon on every server that is up, and on each the same. */
async function writesGoOn(play: Play): Promise<void> {
  const { stage } = play;
  const writable = await writableServers(stage.cluster);
  expect(writable.map(({ name }) => name)).toEqual([stage.primary]);
  for (const step of insert(1)) await takeStep(step, stage);
  play.rows += 1;
  await awaitEqual(
    [stage.primary, ...stage.running.filter((name) => name !== stage.primary)],
    play.rows,
    stage,
  );
}
