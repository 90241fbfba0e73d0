/** A cluster of several primaries: a detector for each of them that has replicas, for as long as it is one. */
import type { Clock } from '../../core/clock.ts';
import type { Judgement } from '../../core/detection/testimony.ts';
import type { ServerId } from '../../core/identity.ts';
import { shardTopologies, shardTopologyOf } from '../../core/shards/shard-topologies.ts';
import { type Node, nodeById, type Topology } from '../../core/topology.ts';
import type { DeathWatch } from './death-watch.ts';
import { Detector, type DetectorParts } from './detector.ts';

/** Between two looks at which primaries there are. */
const everyMs = 100;

export interface ShardDetectorsParts extends Omit<DetectorParts, 'lastPrimary'> {
  readonly clock: Clock;
}

export class ShardDetectors implements DeathWatch {
  readonly #parts: ShardDetectorsParts;
  readonly #detectors = new Map<ServerId, Detector>();
  readonly #closing = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;
  onDeath: DeathWatch['onDeath'] = () => undefined;
  onFlapping: DeathWatch['onFlapping'] = () => undefined;
  busy: DeathWatch['busy'] = () => false;

  constructor(parts: ShardDetectorsParts) {
    this.#parts = parts;
  }

  get judgement(): Judgement | undefined {
    return [...this.#detectors.values()].find(({ judgement }) => judgement !== undefined)?.judgement;
  }

  start(): void {
    this.#loop = this.#keep();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all([...this.#closing, ...[...this.#detectors.values()].map((each) => each.close())]);
  }

  inquest(id: ServerId, signal: AbortSignal): Promise<Judgement> {
    return (this.#detectors.get(id) ?? this.#detectorOf(id)).inquest(id, signal);
  }

  async #keep(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const leading = new Set(this.#primaries());
      for (const id of leading) {
        if (this.#detectors.has(id)) continue;
        const detector = this.#detectorOf(id);
        this.#detectors.set(id, detector);
        detector.start();
      }
      for (const [id, detector] of this.#detectors) {
        if (leading.has(id)) continue;
        this.#detectors.delete(id);
        const closed = detector.close().finally(() => this.#closing.delete(closed));
        this.#closing.add(closed);
      }
      await this.#parts.clock.sleep(everyMs, this.#stop.signal).catch(() => undefined);
    }
  }

  #primaries(): readonly ServerId[] {
    return [...shardTopologies(this.#parts.topology())]
      .filter(([id, { nodes }]) => nodes.length > 1 && nodes.some((node) => node.id === id && leads(node)))
      .map(([id]) => id);
  }

  #detectorOf(id: ServerId): Detector {
    const shard = (): Topology => {
      const whole = this.#parts.topology();
      return shardTopologyOf(whole, id) ?? { ...whole, nodes: [] };
    };
    const detector = new Detector({
      ...this.#parts,
      topology: shard,
      lastPrimary: () => {
        const node = nodeById(shard(), id);
        return node && leads(node) ? node : undefined;
      },
    });
    detector.busy = () => this.busy();
    detector.onDeath = (death) => this.onDeath(death);
    detector.onFlapping = (server, returns) => this.onFlapping(server, returns);
    return detector;
  }
}

/** It was one when it was last seen. */
const leads = ({ role, seen }: Node): boolean => role === 'primary' && seen?.writeMode === 'writable';
