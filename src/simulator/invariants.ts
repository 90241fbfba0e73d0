/**
 * The laws of DESIGN.md as a watcher of the model world. Each breach names the law and the facts; nothing here
 * asks production code what it believes.
 */
import { sameAddress } from '../core/identity.ts';
import { type Action, type Phase, type Plan, phases } from '../core/plan.ts';
import type { ProcessModel } from './process-model.ts';
import type { RouteModel } from './route-model.ts';
import type { ServerModel } from './server-model.ts';
import type { ServerSession } from './server-session.ts';
import { canonical, type OperationRecord, type StoreRecord } from './store-record.ts';
import type { LoggedTransaction } from './transaction-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What changes a server, as a plan's step or around one. */
export type Changing = Action['verb'] | 'make-read-only';

export type Law = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 'end';

export interface Breach {
  readonly law: Law;
  readonly at: number;
  readonly what: string;
}

export interface AcknowledgedWrite {
  readonly server: string;
  readonly number: number;
  readonly kind: ServerSession['kind'];
  readonly at: number;
}

export interface Watched {
  readonly clock: VirtualClock;
  readonly servers: readonly ServerModel[];
  readonly record: StoreRecord;
  /** The controllers get no answer of this server now. */
  readonly outOfReach: (server: ServerModel) => boolean;
}

interface Promotion {
  readonly server: string;
  /** Whose place it takes. */
  readonly replaces: string | undefined;
  readonly at: number;
  /** Who may be writable all the same: one that is out of reach, or a replica, which its configuration may let write. */
  readonly aside: ReadonlySet<string>;
}

/** A statement that left when the lease ended, and what one host learns of another, take this long. */
const inFlightMs = 60;

/** That a freeze’s lock is gone is heard of one way through the network later; a promotion may be sent meanwhile. */
const unheardMs = 1.5;

export class Invariants {
  readonly #world: Watched;
  readonly breaches: Breach[] = [];
  readonly acknowledged: AcknowledgedWrite[] = [];
  /** Since when each server takes writes because its configuration file says so, and nobody's word. */
  readonly #writableByConfiguration = new Map<string, number>();
  /** In the order in which they were sent. */
  readonly #promotions: Promotion[] = [];
  /** When each server was last told whom to follow. */
  readonly #toldToFollow = new Map<string, number>();
  #split = false;
  /** A plan said that this server may go on writing, and nothing was there to keep it from that. */
  statedRisk: (server: string) => boolean = () => false;

  constructor(world: Watched) {
    this.#world = world;
  }

  breach(law: Law, what: string): void {
    this.breaches.push({ law, at: this.#world.clock.monotonic(), what });
  }

  modeChanged(server: ServerModel, why: string): void {
    const byConfiguration = !server.readOnly && why === 'its configuration';
    if (byConfiguration) this.#writableByConfiguration.set(server.name, this.#world.clock.monotonic());
    else if (!why.startsWith('commits')) this.#writableByConfiguration.delete(server.name);
  }

  /** Since when a server takes writes on its own configuration's word alone; undefined when somebody told it. */
  writableByConfiguration(server: string): number | undefined {
    return this.#writableByConfiguration.get(server);
  }

  /** It takes writes because its configuration says so, and was made a replica without being made read-only. */
  leftWritable(server: string): boolean {
    const since = this.#writableByConfiguration.get(server);
    return since !== undefined && (this.#toldToFollow.get(server) ?? 0) > since;
  }

  /**
   * A replica took this from a client, and nobody had promised to keep it from that: its own configuration lets it be
   * written to, or the account is one that read_only does not stop.
   */
  takenAsReplica({ name }: ServerModel, { origin, number }: LoggedTransaction): boolean {
    if (origin !== name) return false;
    const write = this.acknowledged.findLast((each) => each.server === name && each.number === number);
    if (!write || write.at < (this.#toldToFollow.get(name) ?? 0)) return false;
    const since = this.#writableByConfiguration.get(name) ?? Number.POSITIVE_INFINITY;
    return write.kind === 'privileged' || write.at >= since;
  }

  /** The first promotion of anybody that was sent; undefined while none was. */
  get firstPromotionAt(): number | undefined {
    return this.#promotions[0]?.at;
  }

  wrote(server: ServerModel, session: ServerSession, number: number): void {
    this.acknowledged.push({
      server: server.name,
      number,
      kind: session.kind,
      at: this.#world.clock.monotonic(),
    });
  }

  /** Law 1, after everything that happens. */
  lookAtWriters(): void {
    const writable = this.#world.servers.filter((server) => server.tellsClients());
    const split = writable.length > 1 && !this.#excused(writable);
    if (split && !this.#split) {
      this.breach(
        1,
        `${writable.map((server) => server.name).join(' and ')} both acknowledge clients’ writes`,
      );
    }
    this.#split = split;
  }

  /**
   * The one exception: a server that came back writable by its own configuration. Where that is an old primary, it must
   * have come back after the promotion that replaced it; and when a later one was sent, there must have been a reason
   * not to wait for it.
   */
  #excused(writable: readonly ServerModel[]): boolean {
    const others = writable.filter(({ name }) => !this.statedRisk(name));
    if (others.length <= 1) return true;
    const told = others.filter((server) => !this.#writableByConfiguration.has(server.name));
    if (told.length > 1) return false;
    const last = this.#promotions.findLast(({ server }) => server === told[0]?.name);
    return others.every(({ name }) => {
      const since = this.#writableByConfiguration.get(name);
      if (since === undefined || !this.#wasPrimary(name)) return true;
      const replaced = this.#promotions.findLast(({ replaces }) => replaces === name) ?? last;
      const cameBackAfter = (promotion: Promotion | undefined): boolean =>
        promotion === undefined || since + inFlightMs > promotion.at;
      return cameBackAfter(replaced) && (cameBackAfter(last) || last?.aside.has(name) === true);
    });
  }

  #wasPrimary(server: string): boolean {
    const { operations } = this.#world.record;
    return [...operations.values()].some(({ operation }) => operation.plan?.from.name === server);
  }

  /**
   * A verb that changes something is about to leave `process` for `server`. Law 4. Undoing and what follows the
   * promotion go on when the store cannot take them; then it was at least offered to the store first.
   */
  verbBegins(process: ProcessModel, server: string, verb: Changing): void {
    if (verb === 'follow') this.#toldToFollow.set(server, this.#world.clock.monotonic());
    if (verb === 'promote') this.#promotionBegins(server);
    const written = [...this.#world.record.operations.values()].some(
      (each) => each.operation.status === 'running' && isWritten(each, server, verb),
    );
    if (!written) this.breach(4, `${verb} on ${server} by ${process.name} is not in the journal`);
  }

  #promotionBegins(server: string): void {
    const { clock, record, servers, outOfReach } = this.#world;
    const running = [...record.operations.values()].find(
      ({ operation: { status, plan } }) => status === 'running' && plan?.to.name === server,
    );
    const follows = ({ name, channel }: ServerModel): boolean =>
      channel !== undefined && !this.leftWritable(name);
    const aside = servers.filter((each) => outOfReach(each) || follows(each));
    this.#promotions.push({
      server,
      replaces: running?.operation.plan?.from.name,
      at: clock.monotonic(),
      aside: new Set(aside.map(({ name }) => name)),
    });
  }

  /** A statement or command that changes something leaves `process`. Law 5. */
  effectSent(process: ProcessModel, where: string, what: string): void {
    const lostFor = this.#world.record.lostFor(process.name, this.#world.clock.monotonic());
    if (lostFor !== undefined && lostFor <= inFlightMs) return;
    const since =
      lostFor === undefined ? 'never had the lease' : `lost the lease ${lostFor.toFixed(0)} ms ago`;
    this.breach(5, `${process.name} ${since} and sends to ${where}: ${what}`);
  }

  /** Law 7: what was shown is what is on record, and only its steps ran. */
  lookAtPlans(shown: Plan | undefined): void {
    const { operations, changedPlans } = this.#world.record;
    for (const id of changedPlans) this.breach(7, `the plan of ${id} was changed after it was written down`);
    for (const { operation, plan, started, undoStarted } of operations.values()) {
      const known = new Set(operation.plan?.steps.map((step) => step.id));
      for (const step of [...started, ...undoStarted]) {
        if (!known.has(step)) this.breach(7, `${operation.id} ran ${step}, which its plan does not have`);
      }
      if (shown && operation.plan?.kind === shown.kind && canonical(shown) !== plan) {
        this.breach(7, `the plan of ${operation.id} is not the one that was shown`);
      }
    }
  }

  /** Law 2, once it is known who is the primary in the end. */
  lookForLostWrites(primary: ServerModel, named: string): void {
    const lost = this.acknowledged.filter(
      ({ server, number }) => !primary.log.has({ origin: server, number }),
    );
    const since = this.firstPromotionAt;
    const unexcused = lost.filter(({ at, server, kind }) => {
      const byConfiguration = this.#writableByConfiguration.has(server);
      // A replica that its configuration let be written to: nobody promised to keep that.
      if (byConfiguration && !this.#wasPrimary(server)) return false;
      if (since === undefined || at < since - unheardMs) return true;
      // After the promotion was sent: to an old primary that restarted writable, or by an account that read_only does
      // not stop once the freeze's lock had gone with its controller. Lost, but the outcome has to say so.
      return !(byConfiguration || kind === 'privileged') || !named.includes(server);
    });
    const first = unexcused[0];
    if (!first) return;
    this.breach(
      2,
      `${unexcused.length} acknowledged writes are not on ${primary.name}, the first ${first.server}:${first.number} of a ${first.kind} at ${first.at.toFixed(3)}`,
    );
  }

  lookAtRoute(route: RouteModel, primary: ServerModel): void {
    if (!route.up) return;
    if (route.held) this.breach('end', 'the route still holds clients');
    if (!sameAddress(route.target, primary.traits.address)) {
      this.breach('end', `the route leads elsewhere than to ${primary.name}`);
    }
  }
}

function isWritten(record: OperationRecord, server: string, verb: Changing): boolean {
  const { operation, started, done, undoStarted, refused } = record;
  const plan = operation.plan;
  if (!plan) return false;
  // A candidate that is found writable has been promoted, whoever did it.
  const promoted = started.has(plan.pointOfNoReturn) || done.has(plan.pointOfNoReturn);
  if (verb === 'make-read-only' && promoted) return true;
  return plan.steps.some((step) => {
    const begun =
      started.has(step.id) ||
      (refused.has(step.id) && step.onFailure === 'carry-forward' && afterPromotion.has(step.phase));
    const undone = undoStarted.has(step.id) || refused.has(step.id);
    return (
      (begun && concerns(step.action, server, verb)) ||
      (undone && step.undo !== undefined && concerns(step.undo, server, verb))
    );
  });
}

const afterPromotion: ReadonlySet<Phase> = new Set(phases.slice(phases.indexOf('promote') + 1));

/** Verbs that a step of another name does as a part of its own. */
const partsOf: Partial<Record<Action['verb'], readonly Changing[]>> = {
  level: ['follow', 'gather'],
  fence: ['make-read-only'],
  unfence: ['thaw'],
  compare: ['make-read-only'],
  restore: ['make-read-only', 'retire-source'],
};

function concerns(action: Action, server: string, verb: Changing): boolean {
  if (action.verb !== verb && partsOf[action.verb]?.includes(verb) !== true) return false;
  if ('server' in action) return action.server.name === server;
  return 'servers' in action ? action.servers.some(({ name }) => name === server) : true;
}
