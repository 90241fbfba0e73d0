/**
 * What the laws of DESIGN.md ask of failovers, checked against the model world while it runs: who was really in
 * trouble, who really held what. Nothing here asks production code what it believes.
 */
import type { JournalEntry, Operation } from '../core/operation.ts';
import type { Action, Plan, Step } from '../core/plan.ts';
import type { HostModel } from './host-model.ts';
import type { Law } from './invariants.ts';
import type { NetworkModel } from './network-model.ts';
import type { ServerModel } from './server-model.ts';
import type { OperationRecord, StoreRecord } from './store-record.ts';
import type { LoggedTransaction } from './transaction-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface LawsOver {
  readonly clock: VirtualClock;
  readonly servers: readonly ServerModel[];
  readonly hosts: readonly HostModel[];
  readonly network: NetworkModel;
  readonly record: StoreRecord;
  readonly controllersHost: string;
  breach(law: Law, what: string): void;
}

/** A death may be judged on what was seen this long ago, and on what an inquest and a grace period ask for. */
const freshMs = 8000;
/** The longest that witnesses are asked. */
const inquestMs = 2500;
/** An agent that has been well for so long before the promotion has no excuse. */
const agentMs = 300;

interface Held {
  readonly server: string;
  readonly transactions: readonly LoggedTransaction[];
}

export class FailoverLaws {
  readonly #world: LawsOver;
  /** When each server last was in trouble that a majority of its witnesses could see. */
  readonly #troubled = new Map<string, number>();
  /** Since when each host's agent could have given its dead server's log. */
  readonly #readable = new Map<string, number>();
  /** By operation: what each survivor held when it had been asked. */
  readonly #gathered = new Map<string, Held[]>();
  /** By operation: when the dead primary's log was asked for last. */
  readonly #askedAt = new Map<string, number>();
  readonly #judged = new Set<string>();
  readonly #promotions: { readonly server: string; readonly at: number }[] = [];
  /** By operation: when the promotion was first sent. */
  readonly promotedAt = new Map<string, number>();

  constructor(world: LawsOver) {
    this.#world = world;
  }

  /** After everything that happens. */
  look(): void {
    const now = this.#world.clock.monotonic();
    for (const host of this.#world.hosts) {
      const { name } = host;
      if (this.#inTrouble(host)) this.#troubled.set(name, now);
      if (!this.#canBeRead(host)) this.#readable.delete(name);
      else if (!this.#readable.has(name)) this.#readable.set(name, now);
    }
  }

  #inTrouble({ server, up }: HostModel): boolean {
    if (!up || server.life !== 'up' || server.disk.stuck) return true;
    const { network, hosts, controllersHost } = this.#world;
    const fed = hosts.filter((host) => host.up && host.server.channel?.leadsTo(server.traits.address));
    const agent = hosts.find(({ name }) => name === server.name)?.agent;
    const views = [
      !network.isCut(controllersHost, server.name),
      ...fed.map(({ name }) => !network.isCut(name, server.name)),
      ...(agent ? [agent.life === 'up' && !network.isCut(controllersHost, agent.name)] : []),
    ];
    return views.filter((sees) => sees).length * 2 <= views.length;
  }

  #canBeRead({ server, up, agent }: HostModel): boolean {
    if (!up || agent?.life !== 'up' || server.life !== 'down' || server.disk.stuck) return false;
    return !this.#world.network.isCut(this.#world.controllersHost, agent.name);
  }

  journaled({ operation: id, what, at }: JournalEntry): void {
    const record = this.#world.record.operations.get(id);
    if (record?.operation.kind !== 'failover') return;
    if (!this.#judged.has(id)) {
      this.#judged.add(id);
      this.#lookAtJudgement(record.operation);
    }
    if (what.event !== 'step-done' && what.event !== 'step-started') return;
    const action = stepOf(record.operation.plan, what.step)?.action;
    if (what.event === 'step-started') {
      if (action?.verb === 'salvage') this.#askedAt.set(id, this.#world.clock.monotonic());
      return;
    }
    if (action?.verb === 'gather') this.#keep(id, action.server.name);
    if (action?.verb === 'confirm') this.#lookAtConfirmation(id, action.server.name, this.monotonic(at));
  }

  /** When something was by the time that is on record of it: that may be written down later. */
  monotonic(epochMs: number): number {
    const { clock } = this.#world;
    return clock.monotonic() - Math.max(0, clock.now() - epochMs);
  }

  /** It was in trouble while its witnesses were asked once more. */
  #lookAtConfirmation(id: string, name: string, at: number): void {
    const since = at - (this.#troubled.get(name) ?? Number.NEGATIVE_INFINITY);
    if (since > inquestMs)
      this.#world.breach(6, `${id}: ${name} is confirmed dead and has served for ${since.toFixed(0)} ms`);
  }

  /** Law 6, and that it was true. */
  #lookAtJudgement({ id, plan }: Operation): void {
    const { breach } = this.#world;
    if (!plan?.judgement) {
      breach(6, `${id} has no judgement`);
      return;
    }
    const against = plan.judgement.testimonies.filter(({ says }) =>
      ['gone', 'silent', 'stuck'].includes(says),
    );
    const independent = new Set(against.map(({ kind, witness }) => (kind === 'controller' ? kind : witness)));
    if (independent.size < 2) {
      breach(6, `${id}: ${plan.from.name} is held for dead by ${[...independent].join() || 'nobody'} alone`);
    }
    // Its controller may have stood still since; the confirmation is looked at as well.
    const since =
      this.monotonic(plan.judgement.judgedAt) -
      (this.#troubled.get(plan.from.name) ?? Number.NEGATIVE_INFINITY);
    if (since > freshMs)
      breach(6, `${id}: ${plan.from.name} served a majority of its witnesses all the time`);
  }

  #keep(id: string, name: string): void {
    const server = this.#world.servers.find((each) => each.name === name);
    if (!server) return;
    const transactions = [...server.log.entries, ...(server.channel?.received ?? [])];
    const kept = (this.#gathered.get(id) ?? []).filter((held) => held.server !== name);
    this.#gathered.set(id, [...kept, { server: name, transactions }]);
  }

  /** Law 2 at the point of no return: the new primary has all that any disk within reach holds. */
  promoting(name: string): void {
    this.#promotions.push({ server: name, at: this.#world.clock.monotonic() });
    const record = runningFailover(this.#world.record, name);
    const candidate = this.#world.servers.find((each) => each.name === name);
    const plan = record?.operation.plan;
    if (!record || !plan || !candidate) return;
    const { id } = record.operation;
    const now = this.#world.clock.monotonic();
    if (!this.promotedAt.has(id)) this.promotedAt.set(id, now);
    // It does not hear it; what its disk has lost counts when it is asked again.
    if (candidate.life !== 'up') return;
    const { breach } = this.#world;
    const without = (held: readonly LoggedTransaction[]): LoggedTransaction | undefined =>
      held.find((transaction) => !candidate.log.has(transaction));
    for (const { server, transactions } of this.#gathered.get(id) ?? []) {
      const lacking = without(transactions);
      if (lacking) breach(2, `${name} is promoted without ${text(lacking)}, which ${server} had received`);
    }
    const salvage = plan.steps.find(({ action }) => action.verb === 'salvage');
    const began = this.#readable.get(plan.from.name);
    if (!salvage || began === undefined || now - began < agentMs) return;
    const dead = this.#world.servers.find((each) => each.name === plan.from.name);
    const lacking = dead && without(dead.log.entries);
    const askedAt = this.#askedAt.get(id);
    if (lacking && askedAt !== undefined && began < askedAt) {
      breach(
        2,
        `${name} is promoted without ${text(lacking)}, which ${plan.from.name}'s agent could have read`,
      );
    }
  }

  /**
   * Two that write are put up with where the plan said that nothing keeps the old one from it, and nothing did. Whoever
   * it is said of must be the failover's dead primary.
   */
  statedRisk(old: string): boolean {
    return [...this.#world.record.operations.values()].some(({ operation, entries }) => {
      const { plan, kind } = operation;
      if (kind !== 'failover' || plan?.from.name !== old) return false;
      const means = entries.flatMap(({ what }) =>
        what.event === 'step-done' && what.output?.fence ? [what.output.fence] : [],
      );
      return (
        plan.warnings.some((warning) => warning.startsWith(`nothing keeps ${old} from`)) &&
        !means.includes('agent')
      );
    });
  }

  /** Was, or could have been, the primary at that time: it was promoted before, or is the first one. */
  couldBePrimary(name: string, at: number): boolean {
    const [first] = this.#world.servers;
    return first?.name === name || this.#promotions.some((each) => each.server === name && each.at <= at);
  }

  /** The failover that took over from this server, when one did. */
  takenOverFrom(name: string): OperationRecord | undefined {
    return [...this.#world.record.operations.values()].find(
      ({ operation }) =>
        operation.kind === 'failover' &&
        operation.status === 'succeeded' &&
        operation.plan?.from.name === name,
    );
  }
}

function runningFailover(record: StoreRecord, to: string): OperationRecord | undefined {
  return [...record.operations.values()].find(
    ({ operation }) =>
      operation.kind === 'failover' && operation.status === 'running' && operation.plan?.to.name === to,
  );
}

const stepOf = (plan: Plan | undefined, id: string): (Step & { readonly action: Action }) | undefined =>
  plan?.steps.find((step) => step.id === id);

const text = ({ origin, number }: LoggedTransaction): string => `${origin}:${number}`;
