/** What a probe of a model server sees. */
import { serverId } from '../core/identity.ts';
import type { Observation, ReplicationChannel, WriteMode } from '../core/observation.ts';
import type { ServerModel } from './server-model.ts';

/** Without what the link adds: where and when it was looked at. */
export type ModelObservation = Omit<Observation, 'address' | 'observedAt' | 'tookMs'>;

const version = { text: '10.11.19', major: 10, minor: 11, patch: 19 };

export function observe(server: ServerModel): ModelObservation {
  const executed = server.log.position;
  return {
    server: serverId(server.name),
    engine: server.traits.privilegedMayWrite ? 'mariadb' : 'mysql',
    version,
    number: server.traits.number,
    writeMode: writeMode(server),
    uptimeSeconds: Math.floor((server.clock.monotonic() - server.startedAt) / 1000),
    gtidEnabled: true,
    executed,
    origins: executed,
    log: { enabled: true, format: 'ROW', logsReplicated: true, filters: [] },
    channels: channels(server),
    downstream: [],
    semiSync: semiSync(server),
    commits: { durable: server.disk.syncsEachCommit, text: `sync_binlog=${server.disk.logSync}` },
    longTransactions: [],
  };
}

function semiSync({ semiSync: model, replicas, channel }: ServerModel): Observation['semiSync'] {
  const { settings, active, acknowledges } = model;
  return {
    sourceEnabled: settings !== undefined,
    sourceActive: settings !== undefined && active,
    replicaEnabled: acknowledges,
    replicaActive: acknowledges && channel?.receiver === 'running',
    connectedReplicas: replicas.size,
    requiredAcks: settings?.requiredAcks ?? 1,
    timeoutMs: settings?.timeoutMs ?? 10_000,
    waitsWithoutReplicas: true,
    unacknowledged: 0,
  };
}

function writeMode(server: ServerModel): WriteMode {
  if (!server.readOnly) return 'writable';
  return server.superReadOnly ? 'super-read-only' : 'read-only';
}

function channels({
  channel,
  log,
  traits: { privilegedMayWrite: forgets },
}: ServerModel): readonly ReplicationChannel[] {
  if (!channel) return [];
  const { receiver, applier, receiverError, source } = channel;
  return [
    {
      name: '',
      source,
      receiver,
      applier,
      ...(receiverError === undefined ? {} : { receiverError }),
      lagSeconds: receiver === 'running' && applier === 'running' ? 0 : null,
      delaySeconds: 0,
      usesGtid: true,
      ...(forgets && applier === 'stopped' ? { startsAfresh: true } : {}),
      received: log.positionWith(channel.received),
      user: 'repl',
      tls: { enabled: false, verifyServer: false },
      filters: [],
    },
  ];
}
