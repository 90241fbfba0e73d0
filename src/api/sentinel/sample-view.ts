/** A view made by hand for the tests of the Sentinel face: clusters are set by the test, failovers are noted. */
import type { Address } from '../../core/identity.ts';
import { runIdOf, runIdOfAddress } from './cluster-view.ts';
import type {
  FailoverAnswer,
  InstanceView,
  PeerSentinelView,
  PrimaryView,
  ReplicaView,
  SentinelView,
} from './sentinel-view.ts';

export class SampleView implements SentinelView {
  readonly id = runIdOf('sample');
  readonly asked: string[] = [];
  answer: () => Promise<FailoverAnswer> = async () => ({ ok: true });
  readonly #listeners = new Set<() => void>();
  #primaries: readonly PrimaryView[];
  #peers: readonly PeerSentinelView[];

  constructor(primaries: readonly PrimaryView[], peers: readonly PeerSentinelView[] = []) {
    this.#primaries = primaries;
    this.#peers = peers;
  }

  primaries(): readonly PrimaryView[] {
    return this.#primaries;
  }

  peers(): readonly PeerSentinelView[] {
    return this.#peers;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  failover(name: string): Promise<FailoverAnswer> {
    this.asked.push(name);
    return this.answer();
  }

  set(...primaries: readonly PrimaryView[]): void {
    this.#primaries = primaries;
    for (const listener of this.#listeners) listener();
  }

  setPeers(...peers: readonly PeerSentinelView[]): void {
    this.#peers = peers;
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

export function sampleInstance(address: Address, changes: Partial<InstanceView> = {}): InstanceView {
  return { address, runId: runIdOfAddress(address), ...changes };
}

export function sampleReplica(
  address: Address,
  source: Address,
  changes: Partial<ReplicaView> = {},
): ReplicaView {
  return { ...sampleInstance(address), linked: true, source, priority: 100, offset: 0, ...changes };
}

/** The first of `servers` is the primary. */
export function samplePrimary(
  name: string,
  [first, ...others]: readonly [Address, ...Address[]],
  changes: Partial<PrimaryView> = {},
): PrimaryView {
  const primary = sampleInstance(first);
  return {
    ...{ name, primary, last: primary, handingOver: false },
    replicas: others.map((address) => sampleReplica(address, first)),
    ...{ quorum: 1, downAfterMs: 1000, failoverTimeoutMs: 180_000, parallelSyncs: 1, configEpoch: 0 },
    ...changes,
  };
}
