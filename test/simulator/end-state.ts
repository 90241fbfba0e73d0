/** When all is healed: does the cluster stand as the operation says it does? */
import type { Operation } from '../../src/core/operation.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { ServerModel } from '../../src/simulator/server-model.ts';
import type { FaultPlayer } from './fault-player.ts';
import type { World } from './world.ts';

/** A trouble that lasts this long may leave an operation `failed`: it has asked for longer than it promises to. */
const longMs = 15_000;

export function judge(
  world: World,
  player: FaultPlayer,
  known: { closed: boolean; shown: Plan | undefined },
): void {
  const { invariants, record } = world;
  const operations = [...record.operations.values()].map((each) => each.operation);
  // What follows by itself, such as a fence of a former primary that is back, is not what was asked for.
  const operation = operations.findLast(({ kind }) => kind === 'switchover');
  if (!known.closed) {
    invariants.breach('end', `operation ${operation?.id} is still ${operation?.status ?? 'not on record'}`);
    return;
  }
  const undisturbed = operation && (player.firstAt ?? Number.POSITIVE_INFINITY) > 0;
  invariants.lookAtPlans(undisturbed ? known.shown : undefined);
  if (operation?.status === 'failed') {
    judgeFailed(world, player);
    return;
  }
  const name = operation?.status === 'succeeded' ? 'db2' : 'db1';
  const primary = onlyPrimary(world, name);
  if (!primary) return;
  const words = JSON.stringify(operation?.outcome ?? {});
  invariants.lookForLostWrites(primary, words);
  if (world.scenario.route) invariants.lookAtRoute(world.route, primary);
  for (const server of world.servers) {
    if (server !== primary) lookAtReplica(world, server, primary, operation);
  }
}

/**
 * A configuration file that says otherwise than the roles do is not Dauphin's doing: a replica that came back
 * writable, a primary that came back read-only. Except that whoever Dauphin made a replica after that, it should
 * have made read-only as well.
 */
function onlyPrimary(world: World, expected: string): ServerModel | undefined {
  const { invariants, servers } = world;
  const writable = servers.filter((server) => server.life === 'up' && !server.readOnly);
  const told = writable.filter(
    (server) => server.name === expected || !excusedByConfiguration(world, server, expected),
  );
  const primary = world.server(expected);
  if (told.length === 0 && !primary.traits.startsWritable && primary.startedAt > 0) return undefined;
  if (told.length !== 1 || told[0] !== primary) {
    const law = expected === 'db1' ? 3 : 'end';
    const names = writable.map(({ name }) => name).join(', ') || 'nobody';
    invariants.breach(law, `writable in the end: ${names}; the operation says ${expected}`);
    return undefined;
  }
  if (!primary.acknowledges('client')) {
    invariants.breach('end', `${primary.name} is writable, but its commits are held back`);
  }
  return primary;
}

function excusedByConfiguration(world: World, server: ServerModel, expected: string): boolean {
  const since = world.invariants.writableByConfiguration(server.name);
  if (since === undefined) return false;
  const wasPrimary = server.name === 'db1' && expected !== 'db1';
  return !(wasPrimary && world.invariants.leftWritable(server.name));
}

function lookAtReplica(
  world: World,
  server: ServerModel,
  primary: ServerModel,
  operation: Operation | undefined,
): void {
  const channel = server.channel;
  const follows =
    channel?.leadsTo(primary.traits.address) === true &&
    channel.receiver === 'running' &&
    channel.applier === 'running';
  const told = operation?.outcome?.flags ?? [];
  const flagged = told.some(
    (flag) => flag.server === server.name || flag.problem.message.includes(server.name),
  );
  if (follows || flagged) return;
  const state = channel ? `${channel.receiver} from ${channel.source.host}` : 'no source';
  const law = operation?.status === 'rolled-back' ? 3 : 'end';
  world.invariants.breach(
    law,
    `${server.name} does not follow ${primary.name} (${state}) and nothing says so`,
  );
}

/** Not knowing is allowed only when somebody was silent for long; and even then two must not write, nor writes be lost. */
function judgeFailed(world: World, player: FaultPlayer): void {
  const { invariants, servers } = world;
  if (player.longestMs < longMs) {
    invariants.breach(3, `the operation failed though nothing lasted longer than ${player.longestMs} ms`);
  }
  const writable = servers.filter((server) => server.life === 'up' && !server.readOnly);
  const holder = writable[0] ?? world.server('db1');
  if (writable.length <= 1) invariants.lookForLostWrites(holder, '');
}
