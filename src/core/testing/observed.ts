/** Turns traits into what a probe would have seen. */
import { type Address, parseAddress, serverId } from '../identity.ts';
import type { EngineKind, Observation, ReplicationChannel, SemiSync, Version } from '../observation.ts';
import { type Position, position } from '../positions.ts';
import type { ServerTraits } from './server-traits.ts';

/** How many transactions the first server of a cluster has written, where a test does not say. */
const written = 100;

export interface ObservedInput {
  readonly id: string;
  readonly traits: ServerTraits;
  readonly engine: EngineKind;
  readonly address: Address;
  readonly number: number;
  readonly observedAt: number;
  /** The member that wrote what the others have. */
  readonly writer: string;
  readonly uuidOf: (member: string) => string | undefined;
  readonly addressOf: (source: string) => Address;
}

export function observed(input: ObservedInput): Observation {
  const { traits } = input;
  const executed = positionOf(input);
  const isReplica = traits.source !== undefined;
  return {
    server: serverId(input.id),
    engine: traits.engine ?? input.engine,
    address: input.address,
    observedAt: input.observedAt,
    tookMs: 1,
    version: version(traits.version ?? (input.engine === 'mariadb' ? '10.11.19' : '8.4.6')),
    number: traits.number ?? input.number,
    ...(input.engine === 'mysql' ? { uuid: input.id } : {}),
    writeMode: traits.writeMode ?? (isReplica ? 'read-only' : 'writable'),
    uptimeSeconds: 86_400,
    gtidEnabled: traits.gtid ?? true,
    executed,
    origins: executed,
    log: {
      enabled: true,
      file: 'log.000001',
      offset: 4,
      format: 'ROW',
      logsReplicated: true,
      filters: [],
      ...traits.log,
    },
    channels: channels(input),
    downstream: [],
    semiSync: { ...noSemiSync, ...traits.semiSync },
    commits: { durable: true, text: 'sync_binlog=1, innodb_flush_log_at_trx_commit=1' },
    longTransactions: traits.longTransactions ?? [],
    ...traits.seen,
  };
}

const noSemiSync: SemiSync = {
  sourceEnabled: false,
  sourceActive: false,
  replicaEnabled: false,
  replicaActive: false,
  connectedReplicas: 0,
  requiredAcks: 1,
  timeoutMs: 10_000,
  waitsWithoutReplicas: true,
  unacknowledged: 0,
};

function positionOf({ id, traits, writer }: ObservedInput): Position {
  if (traits.executed !== undefined) return position(traits.executed);
  const parts = [`${writer}:${written - (traits.behind ?? 0)}`];
  if (traits.errant !== undefined) parts.push(`${id}:${traits.errant}`);
  return position(parts.sort().join(','));
}

function version(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  return { text, major, minor, patch };
}

function channels(input: ObservedInput): readonly ReplicationChannel[] {
  const { traits } = input;
  if (traits.source === undefined) return [];
  const extras = (traits.extraSources ?? []).map((source, index) =>
    running(`extra-${index + 1}`, source, input),
  );
  return [main(traits.source, input), ...extras];
}

function running(name: string, source: string, input: ObservedInput): ReplicationChannel {
  const sourceUuid = input.engine === 'mysql' ? input.uuidOf(source) : undefined;
  return {
    name,
    source: input.addressOf(source),
    ...(sourceUuid === undefined ? {} : { sourceUuid }),
    receiver: 'running',
    applier: 'running',
    lagSeconds: 0,
    delaySeconds: 0,
    usesGtid: input.traits.gtid ?? true,
    user: 'repl',
    tls: { enabled: false, verifyServer: false },
    filters: [],
  };
}

function main(source: string, input: ObservedInput): ReplicationChannel {
  const { traits } = input;
  const receiver = traits.receiver ?? (traits.receiverError === undefined ? 'running' : 'stopped');
  const applier = traits.applier ?? (traits.applierError === undefined ? 'running' : 'stopped');
  const runs = receiver === 'running' && applier === 'running';
  return {
    ...running('', source, input),
    receiver,
    applier,
    ...(traits.receiverError === undefined ? {} : { receiverError: traits.receiverError }),
    ...(traits.applierError === undefined ? {} : { applierError: traits.applierError }),
    lagSeconds: traits.lagSeconds === undefined ? (runs ? 0 : null) : traits.lagSeconds,
    delaySeconds: traits.delaySeconds ?? 0,
    filters: traits.filters ?? [],
    ...traits.channel,
  };
}

/** A member's address, or the address that the text itself is. */
export function outsideAddress(text: string): Address {
  const address = parseAddress(text, 3306);
  if (address === undefined) throw new Error(`neither a member nor an address: ${text}`);
  return address;
}
