/** One look at a Redis server: one round trip, and how its answers are read. */
import { type Address, serverId } from '../../core/identity.ts';
import type {
  CommitSettings,
  Observation,
  ReceiverError,
  ReplicationChannel,
  SemiSync,
  Version,
  WriteMode,
} from '../../core/observation.ts';
import { type Info, infoNumber, parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import { isFenced, readDemand } from './fence-setting.ts';
import { isReplica, positionOf, replicasOf, sourceOf } from './replication-info.ts';

export type LookedAt = Omit<Observation, 'address' | 'resolved' | 'observedAt' | 'tookMs'>;

const settings = [
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'appendonly',
  'appendfsync',
  'replica-announce-ip',
  'replica-announce-port',
] as const;

export const lookCommands: readonly Command[] = [
  ['INFO', 'server'],
  ['INFO', 'replication'],
  ['INFO', 'persistence'],
  ['ROLE'],
  ...settings.map((name) => ['CONFIG', 'GET', name] as const),
];

const text = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : '');

/** `remote`: the address at the other end, which its id is made of: Redis keeps no name of its own over a restart. */
export function readLook(replies: readonly Reply[], remote: Address): LookedAt {
  const [server, replication, persistence] = replies.slice(0, 3).map((reply) => parseInfo(text(reply)));
  const role = replies[3];
  const config = readSettings(replies.slice(4));
  if (!server || !replication || !persistence) throw new RangeError('a look answers three tables');
  const named = announced(config, remote);
  const executed = positionOf(replication);
  const runId = server.get('run_id');
  return {
    server: serverId(`redis-${remote.host}:${remote.port}`),
    engine: 'redis',
    ...(named === undefined ? {} : { announced: named }),
    version: versionOf(server),
    ...(runId === undefined ? {} : { uuid: runId }),
    writeMode: writeModeOf(replication, config),
    uptimeSeconds: infoNumber(server, 'uptime_in_seconds') ?? 0,
    gtidEnabled: true,
    executed,
    origins: executed,
    log: { enabled: true, logsReplicated: true, filters: [] },
    channels: channelsOf(replication, persistence, role),
    ...priorityOf(replication),
    downstream: replicasOf(replication),
    semiSync: none,
    commits: commitsOf(config),
    longTransactions: [],
  };
}

export function readSettings(replies: readonly Reply[]): Info {
  return new Map(
    replies.flatMap((reply) => {
      const [name, value] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
      return typeof name === 'string' ? [[name, text(value)] as const] : [];
    }),
  );
}

/** Valkey calls itself Redis 7.2 to old clients, and says its own version besides. */
function versionOf(server: Info): Version {
  const own = server.get('valkey_version');
  const words = own ?? server.get('redis_version') ?? '';
  const [major = 0, minor = 0, patch = 0] = words.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return { ...(own === undefined ? {} : { product: 'Valkey' }), text: words, major, minor, patch };
}

/** `replica-priority`, which only a replica tells. */
function priorityOf(replication: Info): Pick<Observation, 'promotionPriority'> {
  const promotionPriority = infoNumber(replication, 'slave_priority');
  return promotionPriority === undefined ? {} : { promotionPriority };
}

function announced(config: Info, remote: Address): Address | undefined {
  const host = config.get('replica-announce-ip') ?? '';
  const port = infoNumber(config, 'replica-announce-port') ?? 0;
  if (host === '' && port === 0) return undefined;
  return { host: host === '' ? remote.host : host, port: port === 0 ? remote.port : port };
}

function writeModeOf(replication: Info, config: Info): WriteMode {
  if (isReplica(replication)) return replication.get('slave_read_only') === '0' ? 'writable' : 'read-only';
  return isFenced(readDemand(config)) ? 'read-only' : 'writable';
}

function channelsOf(
  replication: Info,
  persistence: Info,
  role: Reply | undefined,
): readonly ReplicationChannel[] {
  const source = sourceOf(replication);
  if (source === undefined) return [];
  const state = Array.isArray(role) ? text((role as readonly Reply[])[3]) : '';
  const error = errors[state];
  return [
    {
      name: '',
      source,
      receiver: state === 'connected' ? 'running' : 'connecting',
      applier: persistence.get('loading') === '1' ? 'stopped' : 'running',
      ...(error === undefined ? {} : { receiverError: error }),
      // It tells bytes, and no time: those are what it is behind by.
      lagSeconds: state === 'connected' ? 0 : null,
      delaySeconds: 0,
      usesGtid: true,
      tls: { enabled: false, verifyServer: false },
      filters: [],
    },
  ];
}

/**
 * ROLE's words for the state of the link. A replica tries to connect at once when it loses its source, and once a second
 * after that: `connect` is a try that failed, `connecting` and `handshake` are one that is under way, and a `sync` is
 * fed by a living source. Source: replication.c, replicationHandleMasterDisconnection and roleCommand.
 */
const errors: Readonly<Record<string, ReceiverError>> = {
  connect: {
    code: 0,
    message: 'its last try to connect failed',
    meaning: 'of-the-way',
    connecting: true,
  },
  sync: {
    code: 0,
    message: 'it is being given a full copy',
    meaning: 'source-answers',
    connecting: true,
  },
};

function commitsOf(config: Info): CommitSettings {
  const log = config.get('appendonly') === 'yes';
  const sync = config.get('appendfsync') ?? '';
  return { durable: log && sync === 'always', text: log ? `appendfsync=${sync}` : 'appendonly=no' };
}

const none: SemiSync = {
  sourceEnabled: false,
  sourceActive: false,
  replicaEnabled: false,
  replicaActive: false,
  connectedReplicas: 0,
  requiredAcks: 0,
  timeoutMs: 0,
  waitsWithoutReplicas: false,
  unacknowledged: 0,
};
