/**
 * Clusters for tests, in the words a person would use:
 *
 *     cluster('orders').primary('db1').replica('db2').replica('db3', { lagSeconds: 90 }).topology()
 *
 * A server's id is its name, so `serverId('db2')` is db2. Each call gives a new builder; a base can be shared.
 */
import { buildTopology } from '../build-topology.ts';
import { type Address, clusterName, serverId } from '../identity.ts';
import type { EngineKind, Observation } from '../observation.ts';
import type { ClusterPolicy, ServerSettings } from '../policy.ts';
import type { ServerFacts } from '../server-facts.ts';
import type { Node, Topology } from '../topology.ts';
import { countedErrant, countedPositions } from './counted-positions.ts';
import { observed, outsideAddress } from './observed.ts';
import type { ServerTraits } from './server-traits.ts';
import { type PolicyTraits, testPolicy } from './test-policy.ts';

/** The time of every test topology: 2026-01-01 00:00 UTC. */
export const testTime: number = Date.UTC(2026, 0, 1);

export function cluster(name = 'orders', engine: EngineKind = 'mariadb'): ClusterBuilder {
  return new ClusterBuilder(name, engine, new Map());
}

export class ClusterBuilder {
  readonly #name: string;
  readonly #engine: EngineKind;
  readonly #servers: ReadonlyMap<string, ServerTraits>;

  constructor(name: string, engine: EngineKind, servers: ReadonlyMap<string, ServerTraits>) {
    this.#name = name;
    this.#engine = engine;
    this.#servers = servers;
  }

  primary(name: string, traits: ServerTraits = {}): ClusterBuilder {
    return this.with(name, { writeMode: 'writable', ...traits });
  }

  /** Of the first server, unless `source` says otherwise. */
  replica(name: string, traits: ServerTraits = {}): ClusterBuilder {
    return this.with(name, { source: this.#first(), ...traits });
  }

  /** Writable like a primary, though it follows `source`; two that name each other are a ring. */
  coPrimary(name: string, traits: ServerTraits & { readonly source: string }): ClusterBuilder {
    return this.with(name, { writeMode: 'writable', ...traits });
  }

  neverSeen(name: string, traits: ServerTraits = {}): ClusterBuilder {
    return this.with(name, { neverSeen: true, ...traits });
  }

  /** Adds a server, or says more of one that is there. */
  with(name: string, traits: ServerTraits): ClusterBuilder {
    const all = new Map(this.#servers).set(name, { ...this.#servers.get(name), ...traits });
    return new ClusterBuilder(this.#name, this.#engine, all);
  }

  without(name: string): ClusterBuilder {
    const rest = [...this.#servers].filter(([key]) => key !== name);
    return new ClusterBuilder(this.#name, this.#engine, new Map(rest));
  }

  facts(): readonly ServerFacts[] {
    return [...this.#servers].map(([name, traits]) => this.#facts(name, traits));
  }

  topology(): Topology {
    return buildTopology({
      cluster: clusterName(this.#name),
      engine: this.#engine,
      at: testTime,
      positions: countedPositions,
      errant: countedErrant,
      servers: this.facts(),
    });
  }

  policy(traits: PolicyTraits = {}): ClusterPolicy {
    const servers = this.facts().map((server) => server.settings);
    return testPolicy(this.#name, this.#engine, servers, traits);
  }

  #facts(name: string, traits: ServerTraits): ServerFacts {
    const address = this.#address(name);
    const unreachable = traits.neverSeen === true ? (traits.unreachable ?? true) : traits.unreachable;
    const settings: ServerSettings = {
      name: traits.name ?? name,
      address,
      promotionRule: traits.promotionRule ?? 'neutral',
      ...(traits.dataCenter === undefined ? {} : { dataCenter: traits.dataCenter }),
      ...(traits.downtime === undefined ? {} : { downtime: traits.downtime }),
      ...traits.settings,
    };
    const code = unreachable === true ? 'refused' : unreachable;
    const failure =
      code === undefined ? undefined : { address, at: testTime, code, message: `connect ${code}` };
    return {
      id: serverId(name),
      address,
      aliases: traits.aliases ?? [],
      settings,
      reachable: failure === undefined,
      ...(failure === undefined ? {} : { failure }),
      ...(traits.replacedBy === undefined ? {} : { replacedBy: traits.replacedBy }),
      ...(traits.host === undefined ? {} : { host: traits.host }),
      ...(traits.stalledSince === undefined ? {} : { stalledSince: traits.stalledSince }),
      ...(traits.returns === undefined ? {} : { returns: traits.returns }),
      ...(traits.acknowledging === undefined ? {} : { acknowledging: traits.acknowledging }),
      ...(traits.noneCameSince === undefined ? {} : { noneCameSince: traits.noneCameSince }),
      ...(traits.neverSeen === true ? {} : { seen: this.#observed(name, traits) }),
      ...(traits.previous === undefined
        ? {}
        : { previous: this.#observed(name, { ...traits, ...traits.previous }) }),
    };
  }

  #observed(name: string, traits: ServerTraits): Observation {
    const agoMs = traits.seenMsAgo ?? (traits.unreachable === undefined ? 0 : 30_000);
    return observed({
      id: name,
      traits,
      engine: this.#engine,
      address: this.#address(name),
      number: this.#place(name),
      observedAt: testTime - agoMs,
      writer: this.#first(),
      uuidOf: (member) => (this.#servers.has(member) ? member : undefined),
      addressOf: (source) => (this.#servers.has(source) ? this.#address(source) : outsideAddress(source)),
    });
  }

  #first(): string {
    const [first] = this.#servers.keys();
    if (first === undefined) throw new Error('a replica needs a server to follow: name the primary first');
    return first;
  }

  #place(name: string): number {
    return [...this.#servers.keys()].indexOf(name) + 1;
  }

  #address(name: string): Address {
    return this.#servers.get(name)?.address ?? { host: `10.0.0.${this.#place(name)}`, port: 3306 };
  }
}

/** The node of that name; throws when there is none, so that a test need not ask. */
export function nodeNamed(topology: Topology, name: string): Node {
  const found = topology.nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`${topology.cluster} has no server ${name}`);
  return found;
}
