/** A cluster to test faces with: db1 is the primary, db2 to db4 follow it, and db4 is behind. */
import type { Finding } from '../core/finding.ts';
import { clusterName, serverId } from '../core/identity.ts';
import type { Observation } from '../core/observation.ts';
import { position } from '../core/positions.ts';
import type { Refusal } from '../core/switchover-request.ts';
import type { Node, Topology } from '../core/topology.ts';
import { sampleInstant, sampleTarget } from './sample-target.ts';

function sampleObservation(name: string, changes: Partial<Observation>): Observation {
  const { id, address } = sampleTarget(name);
  return {
    server: id,
    engine: 'mariadb',
    address,
    observedAt: sampleInstant,
    tookMs: 1.5,
    version: { text: '10.11.6-MariaDB', major: 10, minor: 11, patch: 6 },
    number: Number(name.slice(2)),
    writeMode: 'read-only',
    uptimeSeconds: 3600,
    gtidEnabled: true,
    executed: position('0-1-88231'),
    origins: position('0-1-88231'),
    log: { enabled: true, format: 'ROW', logsReplicated: true, filters: [] },
    channels: [],
    downstream: [],
    semiSync: {
      sourceEnabled: false,
      sourceActive: false,
      replicaEnabled: false,
      replicaActive: false,
      connectedReplicas: 0,
      requiredAcks: 1,
      timeoutMs: 10_000,
      waitsWithoutReplicas: true,
      unacknowledged: 0,
    },
    commits: { durable: true, text: 'sync_binlog=1, innodb_flush_log_at_trx_commit=1' },
    longTransactions: [],
    ...changes,
  };
}

function sampleNode(name: string, changes: Partial<Node> = {}): Node {
  const { id, address } = sampleTarget(name);
  return {
    id,
    name,
    address,
    aliases: [],
    settings: { name, address, promotionRule: 'neutral' },
    downtimed: false,
    reachable: true,
    seen: sampleObservation(name, {}),
    role: 'replica',
    replicas: [],
    depth: 1,
    ...changes,
  };
}

function sampleReplica(name: string, lagSeconds: number | null): Node {
  return sampleNode(name, {
    source: serverId('uuid-db1'),
    channel: {
      name: '',
      source: { host: 'db1', port: 3306 },
      receiver: 'running',
      applier: 'running',
      lagSeconds,
      delaySeconds: 0,
      usesGtid: true,
      tls: { enabled: false, verifyServer: false },
      filters: [],
    },
  });
}

export function sampleTopology(): Topology {
  const replicas = ['db2', 'db3', 'db4'];
  return {
    cluster: clusterName('orders'),
    engine: 'mariadb',
    at: sampleInstant,
    nodes: [
      sampleNode('db1', {
        role: 'primary',
        depth: 0,
        replicas: replicas.map((name) => serverId(`uuid-${name}`)),
        seen: sampleObservation('db1', { writeMode: 'writable' }),
      }),
      ...replicas.map((name) => sampleReplica(name, name === 'db4' ? 14 : 0)),
    ],
  };
}

export function sampleFinding(): Finding {
  return {
    code: 'replica-lagging',
    severity: 'warning',
    cluster: clusterName('orders'),
    server: serverId('uuid-db4'),
    serverName: 'db4',
    summary: 'db4 is 14 s behind db1',
    evidence: { lagSeconds: 14 },
    blocks: ['candidacy'],
    downtimed: false,
  };
}

export const sampleRefusal: Refusal = {
  code: 'candidate-lagging',
  server: serverId('uuid-db4'),
  fact: 'db4 is 14 s behind db1',
  needs: 'a lag of at most 1 s',
};
