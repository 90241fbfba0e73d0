/**
 * One replica's channel: a receiver that takes from its source's log what the replica lacks, and an applier that
 * takes its time. What was received and not applied is lost with a crash and with a change of source.
 */
import { type Address, sameAddress } from '../core/identity.ts';
import type { ReplicationError } from '../core/observation.ts';
import type { NetworkModel } from './network-model.ts';
import type { ReplicaChannel } from './replica-channel.ts';
import type { ServerModel } from './server-model.ts';
import type { LoggedTransaction } from './transaction-log.ts';

export interface ChannelParts {
  readonly replica: ServerModel;
  readonly source: Address;
  readonly network: NetworkModel;
  readonly find: (address: Address) => ServerModel | undefined;
}

/** How long a receiver that could not connect waits before it tries again. */
const retryMs = 1000;
const receiveMs: readonly [number, number] = [0.2, 2];

export class ChannelModel implements ReplicaChannel {
  readonly source: Address;
  readonly #replica: ServerModel;
  readonly #network: NetworkModel;
  readonly #find: (address: Address) => ServerModel | undefined;
  receiver: 'running' | 'connecting' | 'stopped' = 'stopped';
  applier: 'running' | 'stopped' = 'stopped';
  receiverError: ReplicationError | undefined;
  #relay: LoggedTransaction[] = [];
  /** How much of the source's log has been looked at. */
  #read = 0;
  #receiving = false;
  #applying = false;
  /** Changes with every stop: what was under way then comes to nothing. */
  #run = 0;

  constructor(parts: ChannelParts) {
    this.#replica = parts.replica;
    this.source = parts.source;
    this.#network = parts.network;
    this.#find = parts.find;
  }

  leadsTo(address: Address): boolean {
    return sameAddress(this.source, address);
  }

  start(): void {
    if (this.receiver === 'stopped') {
      this.receiver = 'connecting';
      this.receiverError = undefined;
      this.#connectSoon(this.#replica.random.between(0.2, 3));
    }
    this.applier = 'running';
    this.#applySoon();
  }

  stop(): void {
    this.#run += 1;
    this.receiver = 'stopped';
    this.applier = 'stopped';
    this.#receiving = false;
    this.#applying = false;
    this.#sourceServer()?.replicas.delete(this);
  }

  forget(): void {
    this.#relay = [];
  }

  serverDied(): void {
    this.stop();
    this.forget();
  }

  sourceDied(): void {
    if (this.receiver !== 'running') return;
    this.receiver = 'connecting';
    this.#sourceServer()?.replicas.delete(this);
    this.#connectSoon(retryMs);
  }

  poke(): void {
    this.#receiveSoon();
    this.#applySoon();
  }

  #sourceServer(): ServerModel | undefined {
    return this.#find(this.source);
  }

  #later(ms: number, happen: () => void): void {
    const run = this.#run;
    this.#replica.later(ms, () => {
      if (run === this.#run) happen();
    });
  }

  #reaches(source: ServerModel): boolean {
    return source.life === 'up' && !this.#network.isCut(source.name, this.#replica.name);
  }

  #connectSoon(ms: number): void {
    this.#later(ms, () => {
      if (this.receiver !== 'connecting') return;
      const source = this.#sourceServer();
      if (!source || !this.#reaches(source)) {
        this.receiverError = { code: 2003, message: `cannot connect to ${source?.name ?? 'nobody'}` };
        this.#connectSoon(retryMs);
        return;
      }
      if (this.#replica.log.exceeds(source.log)) {
        this.receiver = 'stopped';
        const message = `Got fatal error 1236 from ${source.name}: the replica has more than its source`;
        this.receiverError = { code: 1236, message };
        return;
      }
      this.receiver = 'running';
      this.receiverError = undefined;
      this.#read = 0;
      source.replicas.add(this);
      this.#receiveSoon();
    });
  }

  #receiveSoon(): void {
    if (this.#receiving || this.receiver !== 'running') return;
    this.#receiving = true;
    this.#later(this.#replica.random.between(...receiveMs), () => {
      this.#receiving = false;
      const source = this.#sourceServer();
      if (!source || this.receiver !== 'running' || !this.#reaches(source)) return;
      const fresh = source.log.entries.slice(this.#read);
      this.#read += fresh.length;
      const held = this.#relay.at(-1);
      for (const entry of fresh) {
        if (!this.#replica.log.has(entry) && !(held && this.#relay.some((each) => same(each, entry)))) {
          this.#relay.push(entry);
        }
      }
      this.#applySoon();
    });
  }

  #applySoon(): void {
    if (this.#applying || this.applier !== 'running' || this.#relay.length === 0) return;
    this.#applying = true;
    const batch = this.#relay.length;
    this.#later(this.#replica.random.between(...this.#replica.traits.applies), () => {
      const free = (): boolean => this.#replica.commitsHeldBy === undefined;
      const run = this.#run;
      this.#replica.wait(undefined, free, () => {
        if (run !== this.#run) return;
        this.#applying = false;
        for (const entry of this.#relay.splice(0, batch)) this.#replica.log.append(entry);
        this.#replica.logged();
        this.#applySoon();
      });
    });
  }
}

const same = (a: LoggedTransaction, b: LoggedTransaction): boolean =>
  a.origin === b.origin && a.number === b.number;
