/** A control plane made by hand for the tests of the faces: one cluster, and events fed in by the test. */
import { EventEmitter, on } from 'node:events';
import { Fault } from '../../contract/errors.ts';
import {
  sampleFinding,
  sampleJournal,
  sampleOperation,
  samplePlan,
  sampleTopology,
} from '../../contract/samples.ts';
import type {
  AbandonAsked,
  AcknowledgementAsked,
  ClusterSummary,
  ControlEvent,
  ControlPlane,
  DowntimeAsked,
  FailoverAsked,
  RejoinAsked,
  RepairAsked,
  ReshapeAsked,
  SwitchoverAsked,
  WitnessAsked,
} from '../../control/control-plane.ts';
import { formatAddress } from '../../core/identity.ts';
import type { JournalEntry, JournalEvent, Operation } from '../../core/operation.ts';
import type { Downtime } from '../../core/policy.ts';
import type { StandingOrders } from '../../core/recovery/standing-orders.ts';
import type { Refusal } from '../../core/switchover-request.ts';

type EventOptions = Parameters<ControlPlane['events']>[0];

/** 2026-06-01T00:00:00Z */
const orderedAt = 1_780_272_000_000;

const downtimeOf = ({ forMs, reason, requestedBy }: DowntimeAsked): Downtime | undefined =>
  forMs === undefined ? undefined : { until: orderedAt + forMs, owner: requestedBy, reason };

export class SampleControlPlane implements ControlPlane {
  readonly name = 'sample';
  readonly #published = new EventEmitter();
  readonly #history: ControlEvent[] = [];
  /** What the last switchover was asked for with. */
  asked: SwitchoverAsked | undefined;
  reshapeAsked: ReshapeAsked | undefined;
  refusals: readonly Refusal[] = [];
  operationNow: Operation = sampleOperation();
  journalNow: readonly JournalEntry[] = sampleJournal();
  ordersNow: StandingOrders = { downtimes: [] };
  openStreams = 0;

  publish(event: ControlEvent): void {
    this.#history.push(event);
    this.#published.emit('event', event);
  }

  /** Breaks every open stream. */
  fail(error: Error): void {
    this.#published.emit('error', error);
  }

  /** Writes into the journal and tells the listeners. */
  write(...lines: readonly JournalEvent[]): void {
    const before = this.journalNow.length;
    this.journalNow = sampleJournal(...this.journalNow.map(({ what }) => what), ...lines);
    for (const entry of this.journalNow.slice(before)) {
      this.publish({ kind: 'journal', revision: this.#history.length + 1, entry });
    }
  }

  finish(operation: Operation): void {
    this.operationNow = operation;
    this.publish({ kind: 'operation', revision: this.#history.length + 1, operation });
  }

  clusters(): readonly ClusterSummary[] {
    const { cluster, engine, nodes } = sampleTopology();
    const servers = nodes.length;
    return [{ name: cluster, engine, servers, primary: 'db1', findings: 1, worst: 'warning' }];
  }

  topology(cluster: string): ReturnType<ControlPlane['topology']> {
    if (cluster === 'orders') return sampleTopology();
    throw new Fault('not-found', `no cluster "${cluster}"; there is: orders`);
  }

  findings(cluster = 'orders'): ReturnType<ControlPlane['findings']> {
    return [{ ...sampleFinding(), cluster: this.topology(cluster).cluster }];
  }

  server(reference: string, cluster = 'orders'): ReturnType<ControlPlane['server']> {
    const topology = this.topology(cluster);
    const node = topology.nodes.find(({ id, name, address }) =>
      [id, name, formatAddress(address)].includes(reference as typeof id),
    );
    if (node === undefined)
      throw new Fault('not-found', `no server "${reference}"; there are: db1, db2, db3, db4`);
    return { cluster: topology.cluster, id: node.id };
  }

  async discover(
    cluster: string,
    address: { host: string; port: number },
  ): ReturnType<ControlPlane['discover']> {
    if (address.host === 'nowhere') throw new Fault('server-unreachable', 'nowhere:3306: connection refused');
    return this.topology(cluster);
  }

  async planSwitchover(asked: SwitchoverAsked): ReturnType<ControlPlane['planSwitchover']> {
    this.#take(asked);
    return this.refusals.length > 0
      ? { ok: false, refusals: this.refusals }
      : { ok: true, plan: samplePlan() };
  }

  async switchover(asked: SwitchoverAsked): ReturnType<ControlPlane['switchover']> {
    this.#take(asked);
    if (this.refusals.length === 0) return { ok: true, operation: this.operationNow };
    const { plan: _none, ...operation } = sampleOperation({ status: 'refused', refusals: this.refusals });
    return { ok: false, operation, refusals: this.refusals };
  }

  planFailover(asked: FailoverAsked): ReturnType<ControlPlane['planFailover']> {
    return this.planSwitchover(asked);
  }

  failover(asked: FailoverAsked): ReturnType<ControlPlane['failover']> {
    return this.switchover(asked);
  }

  planRejoin({ server, ...asked }: RejoinAsked): ReturnType<ControlPlane['planRejoin']> {
    return this.planSwitchover({ ...asked, to: server });
  }

  rejoin({ server, ...asked }: RejoinAsked): ReturnType<ControlPlane['rejoin']> {
    return this.switchover({ ...asked, to: server });
  }

  planRelocation(asked: RejoinAsked): ReturnType<ControlPlane['planRelocation']> {
    return this.planRejoin(asked);
  }

  relocate(asked: RejoinAsked): ReturnType<ControlPlane['relocate']> {
    return this.rejoin(asked);
  }

  planRepair(asked: RepairAsked): ReturnType<ControlPlane['planRepair']> {
    return this.planRejoin(asked);
  }

  repair(asked: RepairAsked): ReturnType<ControlPlane['repair']> {
    return this.rejoin(asked);
  }

  planReshape(asked: ReshapeAsked): ReturnType<ControlPlane['planReshape']> {
    this.reshapeAsked = asked;
    return this.planSwitchover({ cluster: asked.cluster, requestedBy: asked.requestedBy });
  }

  reshape(asked: ReshapeAsked): ReturnType<ControlPlane['reshape']> {
    this.reshapeAsked = asked;
    return this.switchover({ cluster: asked.cluster, requestedBy: asked.requestedBy });
  }

  #take(asked: SwitchoverAsked): void {
    this.asked = asked;
    this.topology(asked.cluster);
    if (asked.to !== undefined) this.server(asked.to, asked.cluster);
  }

  async orders(cluster: string): ReturnType<ControlPlane['orders']> {
    this.topology(cluster);
    return this.ordersNow;
  }

  async acknowledge(
    cluster: string,
    { comment, requestedBy }: AcknowledgementAsked,
  ): ReturnType<ControlPlane['acknowledge']> {
    this.ordersNow = { ...this.ordersNow, acknowledged: { at: orderedAt, by: requestedBy, comment } };
    return this.orders(cluster);
  }

  async abandon(
    id: string,
    { requestedBy: by, reason, candidateDown }: AbandonAsked,
  ): ReturnType<ControlPlane['abandon']> {
    const operation = await this.operation(id);
    this.operationNow = { ...operation, status: 'failed', abandoned: { by, reason, candidateDown } };
    return this.operationNow;
  }

  async downtime(
    cluster: string,
    reference: string,
    asked: DowntimeAsked,
  ): ReturnType<ControlPlane['downtime']> {
    const { id: server } = this.server(reference, cluster);
    const others = this.ordersNow.downtimes.filter((each) => each.server !== server);
    const downtime = downtimeOf(asked);
    this.ordersNow = {
      ...this.ordersNow,
      downtimes: downtime === undefined ? others : [...others, { server, ...downtime }],
    };
    return this.orders(cluster);
  }

  async maintenance(cluster: string, asked: DowntimeAsked): ReturnType<ControlPlane['maintenance']> {
    const { maintenance: _before, ...others } = this.ordersNow;
    const maintenance = downtimeOf(asked);
    this.ordersNow = { ...others, ...(maintenance === undefined ? {} : { maintenance }) };
    return this.orders(cluster);
  }

  async witness(cluster: string, { server }: WitnessAsked): ReturnType<ControlPlane['witness']> {
    this.topology(cluster);
    const known = sampleTopology().nodes.find(({ id }) => id === server);
    return known === undefined
      ? { controller: this.name, says: 'cannot-tell', fact: 'it has never seen this server' }
      : { controller: this.name, says: 'serves', fact: 'it answers' };
  }

  async operations({
    cluster = 'orders',
    limit,
  }: {
    cluster?: string;
    limit: number;
  }): Promise<readonly Operation[]> {
    this.topology(cluster);
    return [this.operationNow].slice(0, limit);
  }

  async operation(id: string): Promise<Operation> {
    if (id === this.operationNow.id) return this.operationNow;
    throw new Fault('not-found', `no operation "${id}"`);
  }

  async journal(id: string): Promise<readonly JournalEntry[]> {
    await this.operation(id);
    return this.journalNow;
  }

  async *events({ fromRevision, signal }: EventOptions): AsyncIterable<ControlEvent> {
    this.openStreams += 1;
    try {
      const live = on(this.#published, 'event', { signal });
      if (fromRevision !== undefined) yield* this.#history.filter(({ revision }) => revision > fromRevision);
      for await (const [event] of live) yield event as ControlEvent;
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      this.openStreams -= 1;
    }
  }
}
