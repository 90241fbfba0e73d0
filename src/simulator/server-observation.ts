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
    semiSync: {
      sourceEnabled: false,
      sourceActive: false,
      replicaEnabled: false,
      replicaActive: false,
      connectedReplicas: 0,
      requiredAcks: 1,
      timeoutMs: 10_000,
    },
    longTransactions: [],
  };
}

function writeMode(server: ServerModel): WriteMode {
  if (!server.readOnly) return 'writable';
  return server.superReadOnly ? 'super-read-only' : 'read-only';
}

function channels({ channel }: ServerModel): readonly ReplicationChannel[] {
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
      user: 'repl',
      tls: { enabled: false, verifyServer: false },
      filters: [],
    },
  ];
}
