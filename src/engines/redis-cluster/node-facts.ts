/** What INFO and the settings of a cluster's node say that its view of the cluster does not. */
import type { Version } from '../../core/observation.ts';
import type { ServerKind } from '../../core/shards/election-cooldown.ts';
import { type Info, infoNumber, parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';

export interface NodeFacts {
  readonly server: ServerKind;
  readonly role: 'primary' | 'replica';
  /** How far its own copy of the stream goes, in bytes. */
  readonly offset: number;
  /** Of a replica: its link to its primary (`master_link_status`). */
  readonly replication?: 'up' | 'down';
  /** Since it started: full copies, and resynchronisations without one, that it gave to replicas. */
  readonly given: Syncs;
  /** `cluster-node-timeout`. */
  readonly nodeTimeoutMs: number;
}

export interface Syncs {
  readonly full: number;
  readonly partial: number;
}

export const factCommands: readonly Command[] = [
  ['INFO', 'server'],
  ['INFO', 'replication'],
  ['INFO', 'stats'],
  ['CONFIG', 'GET', 'cluster-node-timeout'],
];

export function readFacts(replies: readonly Reply[]): NodeFacts {
  const [server, replication, stats] = replies.slice(0, 3).map((reply) => parseInfo(textOf(reply)));
  const timeout = replies[3];
  if (!server || !replication || !stats) throw new RangeError('three sections were asked for');
  return {
    server: serverKind(server),
    ...replicationFacts(replication),
    given: {
      full: infoNumber(stats, 'sync_full') ?? 0,
      partial: infoNumber(stats, 'sync_partial_ok') ?? 0,
    },
    nodeTimeoutMs: Number(Array.isArray(timeout) ? timeout[1] : Number.NaN) || 15_000,
  };
}

/** From INFO replication alone. */
export function replicationFacts(info: Info): Pick<NodeFacts, 'role' | 'offset' | 'replication'> {
  const replica = info.get('role') === 'slave';
  const offset = infoNumber(info, replica ? 'slave_repl_offset' : 'master_repl_offset') ?? 0;
  if (!replica) return { role: 'primary', offset };
  return { role: 'replica', offset, replication: info.get('master_link_status') === 'up' ? 'up' : 'down' };
}

/** Valkey calls itself Redis 7.2 to old clients, and says its own version besides. */
function serverKind(info: Info): ServerKind {
  const own = info.get('valkey_version');
  return {
    flavour: own === undefined ? 'redis' : 'valkey',
    version: versionOf(own ?? info.get('redis_version')),
  };
}

function versionOf(text = ''): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return { text, major, minor, patch };
}

export const textOf = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : '');
