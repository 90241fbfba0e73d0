/** The properties that SENTINEL MASTER, REPLICAS and SENTINELS give, in Sentinel's own order (sentinel.c). */
import type { Address } from '../../core/identity.ts';
import { properties, type Reply } from './reply.ts';
import type { InstanceView, PeerSentinelView, PrimaryView, ReplicaView } from './sentinel-view.ts';
import { nameOf } from './switch-messages.ts';

type Property = readonly [string, string | number];

interface Look {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly cluster: PrimaryView;
}

/** Of the server that takes the writes; where there is none, of the last one, flagged as down. */
export function primaryProperties({ now, cluster }: Look, sentinels: number): Reply {
  const shown = cluster.primary ?? cluster.last;
  return properties([
    ...identity(cluster.name, shown),
    ['flags', primaryFlags(cluster).join(',')],
    ...link(),
    ...(cluster.handingOver ? [['failover-state', 'reconf_slaves'] as const] : []),
    ...pings(shown, now),
    ...downTimes(shown, now),
    ['down-after-milliseconds', cluster.downAfterMs],
    ...role('master', shown, now),
    ['config-epoch', cluster.configEpoch],
    ['num-slaves', cluster.replicas.length],
    ['num-other-sentinels', sentinels],
    ['quorum', cluster.quorum],
    ['failover-timeout', cluster.failoverTimeoutMs],
    ['parallel-syncs', cluster.parallelSyncs],
  ]);
}

/** Clients leave out a primary that is flagged as down: that there is none to write to is said so. */
function primaryFlags({ primary, handingOver }: PrimaryView): readonly string[] {
  const down = primary === undefined ? (['s_down', 'o_down'] as const) : downFlags(primary);
  return ['master', ...down, ...(handingOver ? ['failover_in_progress'] : [])];
}

export function replicaProperties({ now, cluster }: Look, replica: ReplicaView): Reply {
  const { host, port } = replica.source ?? { host: '?', port: 0 };
  return properties([
    ...identity(nameOf(replica.address), replica),
    ['flags', ['slave', ...downFlags(replica)].join(',')],
    ...link(),
    ...pings(replica, now),
    ...downTimes(replica, now),
    ['down-after-milliseconds', cluster.downAfterMs],
    ...role('slave', replica, now),
    ['master-link-down-time', 0],
    ['master-link-status', replica.linked ? 'ok' : 'err'],
    ['master-host', host],
    ['master-port', port],
    ['slave-priority', replica.priority],
    ['slave-repl-offset', replica.offset],
    ['replica-announced', 1],
  ]);
}

export function peerProperties({ cluster }: Look, peer: PeerSentinelView): Reply {
  return properties([
    ...identity(peer.runId, peer),
    ['flags', peer.down ? 'sentinel,s_down' : 'sentinel'],
    ...link(),
    ...pings(undefined, 0),
    ['down-after-milliseconds', cluster.downAfterMs],
    ['last-hello-message', 0],
    ['voted-leader', '?'],
    ['voted-leader-epoch', 0],
  ]);
}

/** `disconnected` where clients are better off with another: Sentinel has no link to it either. */
function downFlags({ down }: InstanceView): readonly string[] {
  if (down === undefined) return [];
  return down.how === 'objectively' ? ['s_down', 'o_down', 'disconnected'] : ['s_down', 'disconnected'];
}

function identity(
  name: string,
  shown: { readonly address: Address; readonly runId: string } | undefined,
): readonly Property[] {
  return [
    ['name', name],
    ['ip', shown?.address.host ?? '?'],
    ['port', shown?.address.port ?? 0],
    ['runid', shown?.runId ?? ''],
  ];
}

const link = (): readonly Property[] => [
  ['link-pending-commands', 0],
  ['link-refcount', 1],
];

/** Ages in milliseconds. A server that never answered has one of 0, as with Sentinel. */
function pings(shown: InstanceView | undefined, now: number): readonly Property[] {
  const age = ageOf(shown?.answeredAt, now);
  return [
    ['last-ping-sent', shown?.down === undefined ? 0 : ageOf(shown.down.since, now)],
    ['last-ok-ping-reply', age],
    ['last-ping-reply', age],
  ];
}

function downTimes(shown: InstanceView | undefined, now: number): readonly Property[] {
  if (shown?.down === undefined) return [];
  const since = ageOf(shown.down.since, now);
  const subjective = ['s-down-time', since] as const;
  return shown.down.how === 'objectively' ? [subjective, ['o-down-time', since]] : [subjective];
}

function role(
  reported: 'master' | 'slave',
  shown: InstanceView | undefined,
  now: number,
): readonly Property[] {
  return [
    ['info-refresh', ageOf(shown?.answeredAt, now)],
    ['role-reported', reported],
    ['role-reported-time', ageOf(shown?.answeredAt, now)],
  ];
}

const ageOf = (at: number | undefined, now: number): number =>
  at === undefined ? 0 : Math.max(0, Math.round(now - at));
