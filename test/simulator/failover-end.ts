/** When all is healed: does a cluster in automatic mode stand as its operations say, and where is what was acknowledged? */
import type { Operation } from '../../src/core/operation.ts';
import type { AcknowledgedWrite } from '../../src/simulator/invariants.ts';
import type { ServerModel } from '../../src/simulator/server-model.ts';
import type { FaultPlayer } from './fault-player.ts';
import { judgeRejoins } from './rejoin-end.ts';
import type { World } from './world.ts';

const longMs = 15_000;

export async function judgeFailover(world: World, player: FaultPlayer): Promise<void> {
  const { invariants, record } = world;
  const operations = [...record.operations.values()].map(({ operation }) => operation);
  for (const { id, status } of operations) {
    if (status === 'running') invariants.breach('end', `operation ${id} is still running`);
    // A server that nobody starts again is away for ever (seed 3668).
    const passed = player.longestMs < longMs && world.leftDown.size === 0;
    if (status === 'failed' && passed && !isTriedAgain(operations, id)) {
      invariants.breach(3, `${id} failed though nothing lasted longer than ${player.longestMs} ms`);
    }
  }
  const handOver = operations.findLast(({ kind, status }) => handsOver(kind) && status === 'succeeded');
  const primary = world.server(handOver?.plan?.to.name ?? 'db1');
  lookAtPrimary(world, primary, operations);
  lookForLostWrites(world, primary);
  if (handOver?.kind === 'failover') lookAtSurvivors(world, primary, handOver);
  lookAtFollowers(world, primary);
  lookAtDurability(world);
  lookAtAborted(world, operations);
  await judgeRejoins(world, primary);
}

const handsOver = (kind: Operation['kind']): boolean => kind === 'switchover' || kind === 'failover';

/** These are tried again by themselves until they succeed (seed 100090: the answer to a fence was lost). */
const isTriedAgain = (operations: readonly Operation[], id: string): boolean =>
  operations.some((each) => each.id === id && (each.kind === 'rejoin' || each.kind === 'fencing'));

function lookAtPrimary(world: World, primary: ServerModel, operations: readonly Operation[]): void {
  const { invariants, servers, laws } = world;
  const writable = servers.filter((server) => server.life === 'up' && !server.readOnly);
  for (const other of writable) {
    if (other === primary || laws.statedRisk(other.name)) continue;
    // Its own configuration says so, and nobody took over from it because it was dead.
    if (invariants.writableByConfiguration(other.name) !== undefined && !laws.takenOverFrom(other.name))
      continue;
    // The new primary went down as well, and the operation had said that nothing keeps the former one from coming back.
    const flags = operations.flatMap(({ outcome }) => outcome?.flags ?? []);
    if (primary.startedAt > 0 && flags.some(({ server }) => server === other.name)) continue;
    invariants.breach(1, `${other.name} is writable in the end, and ${primary.name} is the primary`);
  }
  if (writable.includes(primary)) return;
  // It went down later, and its own configuration does not let it write: that is honest.
  const restarted = primary.life === 'up' && primary.startedAt > 0;
  if (restarted && (!primary.traits.startsWritable || primary.readOnlyFile)) return;
  if (operations.some(({ status }) => status === 'failed')) return;
  const leftToAPerson = operations.some(
    ({ kind, status }) => kind === 'failover' && (status === 'rolled-back' || status === 'refused'),
  );
  // One that had taken over may have been the last of those who were left.
  const nobodyElse = leftToAPerson || primary.name !== 'db1' || noReplicaCanTell(world, primary);
  if (primary.life === 'down' && world.leftDown.has(primary.name) && nobodyElse) return;
  invariants.breach('end', `${primary.name} should be the primary and is ${primary.life}, read-only`);
}

/**
 * MariaDB's are not made to connect anew while they do not apply, and notice by themselves after slave_net_timeout: 60 s,
 * and a run is shorter (seed 612320).
 */
function noReplicaCanTell({ servers, scenario }: World, primary: ServerModel): boolean {
  const replicas = servers.filter((server) => server !== primary && server.life === 'up');
  return (
    scenario.engine === 'mariadb' &&
    replicas.length > 0 &&
    replicas.every(({ channel }) => channel?.receiver === 'running' && channel.applier === 'stopped')
  );
}

/** Law 2, by who acknowledged it and what became of that server. */
function lookForLostWrites(world: World, primary: ServerModel): void {
  const { invariants } = world;
  const lost = invariants.acknowledged.filter(
    ({ server, number }) => !primary.log.has({ origin: server, number }),
  );
  const unexcused = lost.filter((write) => whyLost(world, write, primary) === undefined);
  const first = unexcused[0];
  if (!first) return;
  const where = `${first.server}:${first.number} at ${first.at.toFixed(3)}`;
  invariants.breach(
    2,
    `${unexcused.length} acknowledged writes are not on ${primary.name}, the first ${where}, and no report says so`,
  );
}

function whyLost(
  world: World,
  { server, number, at }: AcknowledgedWrite,
  primary: ServerModel,
): string | undefined {
  const { laws, scenario } = world;
  // A replica that its own configuration let be written to: nobody promised to keep that.
  if (!laws.couldBePrimary(server, at)) return 'it was no primary';
  const crashed = world.lostInCrash.has(`${server} ${server}:${number}`);
  const lostAfterwards = world.lostInCrash.get(`${primary.name} ${server}:${number}`);
  if (lostAfterwards !== undefined && laws.couldBePrimary(primary.name, lostAfterwards))
    return 'the new primary’s machine crashed, and its commits were not synced';
  const failover = laws.takenOverFrom(server);
  if (!failover) {
    if (crashed) return 'its machine crashed, and its commits were not synced';
    // It has restarted since a switchover, and its configuration lets it write.
    const switched = [...world.record.operations.values()].some(
      ({ operation }) => operation.status === 'succeeded' && operation.plan?.from.name === server,
    );
    const restarted = world.server(server).startedAt;
    return switched && restarted > 0 && at >= restarted
      ? 'it came back writable by its configuration'
      : undefined;
  }
  const { id, outcome, plan } = failover.operation;
  const crashedAt = world.lostInCrash.get(`${server} ${server}:${number}`);
  // It came back from that and served; what it was suspected of, it did later.
  const suspectedAt = laws.monotonic(plan?.judgement?.suspectedAt ?? 0);
  if (crashedAt !== undefined && crashedAt < suspectedAt && world.host(server).bootedAt < suspectedAt)
    return 'its machine crashed before, and its commits were not synced';
  const promotedAt = laws.promotedAt.get(id) ?? Number.POSITIVE_INFINITY;
  if (at >= promotedAt) return laws.statedRisk(server) ? 'nothing kept it from writing' : undefined;
  const { loss } = outcome ?? {};
  if (!loss || loss.verdict === 'none') return undefined;
  if (scenario.failover?.durability === 'lossless') return undefined;
  if (loss.verdict === 'known' && overLimit(world, loss.transactions)) return undefined;
  return loss.because;
}

function overLimit({ scenario }: World, transactions: number): boolean {
  const limit = scenario.failover?.maxLoss ?? 0;
  return limit !== 'any' && transactions > limit;
}

/** Whoever the plan had follow the new primary does so, or is named as one that does not. */
function lookAtSurvivors(world: World, primary: ServerModel, { plan, outcome }: Operation): void {
  const followers =
    plan?.steps.flatMap(({ action }) => (action.verb === 'follow' ? [action.server.name] : [])) ?? [];
  for (const name of followers) {
    const server = world.server(name);
    const flagged = outcome?.flags.some((flag) => flag.server === name) === true;
    if (world.stoppedByHand.has(name)) continue;
    if (flagged || server.life !== 'up' || follows(server, primary)) continue;
    if (primary.life !== 'up' || primary.startedAt > 0) continue;
    const { channel } = server;
    const state = channel
      ? `${channel.receiver}/${channel.applier} from ${channel.source.host}`
      : 'no source';
    world.invariants.breach('end', `${name} does not follow ${primary.name} (${state}) and nothing says so`);
  }
}

function lookAtFollowers(world: World, primary: ServerModel): void {
  for (const server of world.servers) {
    if (server === primary || server.life !== 'up' || !follows(server, primary)) continue;
    const more = server.log.entries.some(
      (entry) => !primary.log.has(entry) && !world.invariants.takenAsReplica(server, entry),
    );
    if (more || primary.log.exceeds(server.log)) {
      world.invariants.breach(
        'end',
        `${server.name} follows ${primary.name} and has ${server.log.position} instead of ${primary.log.position}`,
      );
    }
  }
}

/** A salvaged log is replayed without waiting for the disk; afterwards nobody may go on like that. */
function lookAtDurability({ servers, invariants }: World): void {
  for (const { name, life, traits, disk } of servers) {
    if (life === 'up' && traits.durable && !disk.syncsEachCommit) {
      invariants.breach('end', `${name} does not sync its commits any more`);
    }
  }
}

function follows({ channel }: ServerModel, primary: ServerModel): boolean {
  return (
    channel?.leadsTo(primary.traits.address) === true &&
    channel.receiver === 'running' &&
    channel.applier === 'running'
  );
}

/** Law 3: what did not come to a promotion has left nothing behind. */
function lookAtAborted(world: World, operations: readonly Operation[]): void {
  const last = operations.findLast(({ kind, status }) => handsOver(kind) && status !== 'refused');
  if (last?.kind !== 'failover' || last.status !== 'rolled-back' || !last.plan) return;
  const flagged = new Set(last.outcome?.flags.map(({ server }) => server));
  const { from } = last.plan;
  if (world.host(from.name).fenced && !flagged.has(from.name)) {
    world.invariants.breach(3, `${from.name} is fenced, and ${last.id} was given up`);
  }
  for (const { name, life, channel, startedAt } of world.servers) {
    if (life !== 'up' || flagged.has(name) || startedAt > 0) continue;
    if (channel?.receiver === 'stopped' && channel.receiverError === undefined) {
      world.invariants.breach(3, `${name} does not receive any more, and ${last.id} was given up`);
    }
    if (channel?.applier === 'stopped' && !world.stoppedByHand.has(name)) {
      world.invariants.breach(3, `${name} does not apply any more, and ${last.id} was given up`);
    }
  }
}
