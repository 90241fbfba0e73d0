/**
 * One replica's channel: a receiver that takes from its source's log what the replica lacks, and an applier that
 * takes its time. What was received and not applied is lost with a crash of the machine and with a change of source.
 */
import { type Address, sameAddress } from '../core/identity.ts';
import type { ReceiverError } from '../core/observation.ts';
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
const connectTimeoutMs = 10_000;
const ackMs: readonly [number, number] = [0.1, 0.8];
const receiveMs: readonly [number, number] = [0.2, 2];

export class ChannelModel implements ReplicaChannel {
  readonly source: Address;
  readonly #replica: ServerModel;
  readonly #network: NetworkModel;
  readonly #find: (address: Address) => ServerModel | undefined;
  receiver: 'running' | 'connecting' | 'stopped' = 'stopped';
  applier: 'running' | 'stopped' = 'stopped';
  receiverError: ReceiverError | undefined;
  #relay: LoggedTransaction[] = [];
  /** How much of the source's log has been looked at. */
  #read = 0;
  #receiving = false;
  /** Since when a connection is being made that nobody answers; undefined when none is. */
  #silentSince: number | undefined;
  #applying = false;
  /** Changes with every stop: what was under way then comes to nothing. */
  #run = 0;
  /** Changes whenever the receiver is stopped. */
  #connection = 0;

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
    this.startReceiver();
    this.startApplier();
  }

  startReceiver(): void {
    if (this.receiver !== 'stopped') return;
    this.#dropStaleRelay();
    this.receiver = 'connecting';
    this.receiverError = undefined;
    this.#connectSoon(this.#replica.random.between(0.2, 3));
  }

  startApplier(): void {
    this.#dropStaleRelay();
    this.applier = 'running';
    this.#applySoon();
  }

  stopReceiver(): void {
    this.#connection += 1;
    this.receiver = 'stopped';
    this.#receiving = false;
    this.#silentSince = undefined;
    this.#leaveSource();
  }

  /**
   * MariaDB with GTIDs throws its relay log away whenever a thread starts while neither runs, and asks the source anew
   * (seen on 10.11; MySQL keeps it).
   */
  #dropStaleRelay(): void {
    if (!this.#replica.traits.privilegedMayWrite) return;
    if (this.receiver === 'stopped' && this.applier === 'stopped') this.forget();
  }

  /** Complete transactions on this replica's disk, applied or not. */
  get received(): readonly LoggedTransaction[] {
    return this.#relay;
  }

  stop(): void {
    this.stopReceiver();
    this.stopApplier();
  }

  stopApplier(): void {
    this.#run += 1;
    this.applier = 'stopped';
    this.#applying = false;
  }

  get acknowledging(): boolean {
    const source = this.#sourceServer();
    const { life, semiSync, disk } = this.#replica;
    const able = life === 'up' && semiSync.acknowledges && !disk.stuck;
    return able && this.receiver === 'running' && source !== undefined && this.#reaches(source);
  }

  forget(): void {
    this.#relay = [];
  }

  /** A relay log is written without being synced: it outlives the process, not the machine. */
  serverDied(what: 'process' | 'host'): void {
    this.stop();
    if (what === 'host') this.forget();
  }

  /** It tries to connect anew at once, and after that in its retry's steps. */
  sourceDied(): void {
    if (this.receiver !== 'running') return;
    this.receiver = 'connecting';
    this.#connection += 1;
    this.#receiving = false;
    this.#leaveSource();
    this.#connectSoon(this.#replica.random.between(0.2, 3));
  }

  poke(): void {
    if (this.receiver === 'connecting' && this.#silentSince !== undefined) {
      this.#silentSince = undefined;
      this.#connection += 1;
      this.#connectSoon(this.#replica.random.between(0.2, 3));
    }
    this.#receiveSoon();
    this.#applySoon();
  }

  #leaveSource(): void {
    const source = this.#sourceServer();
    source?.replicas.delete(this);
    source?.semiSync.gone(this);
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

  #whileReceiving(ms: number, happen: () => void): void {
    const connection = this.#connection;
    this.#replica.later(ms, () => {
      if (connection === this.#connection) happen();
    });
  }

  #connectSoon(ms: number): void {
    this.#whileReceiving(ms, () => {
      if (this.receiver !== 'connecting') return;
      const source = this.#sourceServer();
      if (!source || !this.#reaches(source)) {
        this.#connectAgain(source);
        return;
      }
      this.#silentSince = undefined;
      if (this.#exceeds(source)) {
        this.receiver = 'stopped';
        const message = `Got fatal error 1236 from ${source.name}: the replica has more than its source`;
        this.receiverError = { code: 1236, message, meaning: 'other', connecting: false };
        return;
      }
      this.receiver = 'running';
      this.receiverError = undefined;
      this.#read = 0;
      source.replicas.add(this);
      this.#receiveSoon();
    });
  }

  /** Whoever is down refuses; whoever hangs, or is out of reach, does not answer, which takes longer to notice. */
  #connectAgain(source: ServerModel | undefined): void {
    const now = this.#replica.clock.monotonic();
    const refused = source?.life === 'down' && !this.#network.isCut(source.name, this.#replica.name);
    const to = `Can't connect to server on '${this.source.host}'`;
    if (refused) {
      this.#silentSince = undefined;
      const message = `${to} (111 "Connection refused")`;
      this.receiverError = { code: 2003, message, meaning: 'refused', connecting: true };
    } else {
      this.#silentSince ??= now;
      if (now - this.#silentSince > connectTimeoutMs) {
        const message = `${to} (110 "Connection timed out")`;
        this.receiverError = { code: 2003, message, meaning: 'of-the-way', connecting: true };
      }
    }
    this.#connectSoon(retryMs);
  }

  #exceeds(source: ServerModel): boolean {
    return (
      this.#replica.log.exceeds(source.log) || this.#relay.some((transaction) => !source.log.has(transaction))
    );
  }

  #receiveSoon(): void {
    if (this.#receiving || this.receiver !== 'running') return;
    this.#receiving = true;
    this.#whileReceiving(this.#replica.random.between(...receiveMs), () => {
      this.#receiving = false;
      const source = this.#sourceServer();
      if (!source || this.receiver !== 'running' || !this.#reaches(source)) return;
      if (this.#replica.disk.stuck) {
        this.#receiveSoon();
        return;
      }
      const fresh = source.log.entries.slice(this.#read);
      this.#read += fresh.length;
      const held = this.#relay.at(-1);
      for (const entry of fresh) {
        if (!this.#replica.log.has(entry) && !(held && this.#relay.some((each) => same(each, entry)))) {
          this.#relay.push(entry);
        }
      }
      this.#acknowledge(source, this.#read);
      this.#applySoon();
    });
  }

  #acknowledge(source: ServerModel, upTo: number): void {
    if (!this.#replica.semiSync.acknowledges) return;
    this.#whileReceiving(this.#replica.random.between(...ackMs), () => {
      if (!this.#reaches(source)) return;
      source.run(() => source.semiSync.acked(this, upTo, source.log.entries.length));
    });
  }

  #applySoon(): void {
    if (this.#applying || this.applier !== 'running' || this.#relay.length === 0) return;
    this.#applying = true;
    const batch = this.#relay.length;
    this.#later(this.#replica.random.between(...this.#replica.traits.applies), () => {
      const free = (): boolean => this.#replica.commitsHeldBy === undefined && !this.#replica.disk.stuck;
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
