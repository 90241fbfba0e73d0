/**
 * The route port over an address of the primary's host, which the hosts' agents take down and put up. To hold clients is
 * to take it down everywhere: those connected are cut off, too, and whoever connects waits until it is up again.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { HostAddresses } from '../../core/host.ts';
import { type Address, formatAddress, sameAddress } from '../../core/identity.ts';
import type { VipSettings } from '../../core/policy.ts';
import type { Route, RouteState } from '../../core/route.ts';

/** A server that may carry the address, and the agent beside it. */
export interface VipHost {
  readonly server: Address;
  readonly agent: { readonly addresses?: HostAddresses };
}

/** An agent that is there answers within this; one that is not must not hold the others up for longer. */
const briefMs = 400;
/**
 * The share of a call's time that a host gets which had the address: without its answer little can be done. Nobody who
 * may be silent gets more, or the whole call is over before the others' answers are told.
 */
const patience = 0.5;

type Verb = 'look' | 'claim' | 'drop';

class VipRoute implements Route {
  readonly settings: VipSettings;
  readonly #hosts: readonly VipHost[];
  readonly #clock: Clock;
  /** Where the address was when it was last seen. */
  #last: readonly VipHost[] = [];
  /** Those that did not take it down when they were last asked to. */
  #silent: readonly VipHost[] = [];

  constructor(settings: VipSettings, hosts: readonly VipHost[], clock: Clock) {
    this.settings = settings;
    this.#hosts = hosts;
    this.#clock = clock;
  }

  async look(call: Call): Promise<RouteState> {
    const looks = await this.#askAll(this.#hosts, 'look', call, this.#limitMs);
    const silent = looks.filter(({ failure }) => failure !== undefined);
    if (silent.length === looks.length) throw this.#unreachable(silent);
    const holders = looks.filter(({ held }) => held).map(({ host }) => host);
    if (holders.length > 0) this.#last = holders;
    const barred = silent.map(({ host }) => host.server);
    const [first, ...others] = holders.map(({ server }) => server);
    return {
      ...(first === undefined ? { held: true } : { target: first, held: false }),
      ...(others.length === 0 ? {} : { also: others }),
      ...(barred.length === 0 ? {} : { barred }),
    };
  }

  /** That a host which did not have it is silent is no news. */
  async hold(call: Call): Promise<void> {
    const drops = await this.#drop(this.#hosts, call);
    const silent = drops.filter(({ failure, host }) => failure !== undefined && this.#mayHaveIt(host));
    if (silent.length > 0) throw this.#unreachable(silent);
  }

  /**
   * It comes to `to` also while another host is silent: whether that one still has it is for the network to say, which
   * the agent asks before it claims.
   */
  async release(to: Address, call: Call): Promise<void> {
    const host = this.#hosts.find(({ server }) => sameAddress(server, to));
    if (host === undefined)
      throw this.#refused(`no agent is configured beside ${formatAddress(to)} (servers[].agent)`);
    const others = this.#hosts.filter((other) => other !== host);
    const early = others.filter((other) => !this.#silent.includes(other));
    const late = others.filter((other) => this.#silent.includes(other));
    await this.#drop(early, call);
    const [[claimed]] = await Promise.all([
      this.#askAll([host], 'claim', call, () => call.deadlineMs),
      // They did not answer a moment ago: not worth a wait.
      this.#drop(late, call),
    ]);
    if (claimed?.failure === undefined) {
      this.#last = [host];
      return;
    }
    const { code, message } = claimed.failure;
    const hint = this.#silent.map(({ server }) => `; ${formatAddress(server)} may still have it`).join('');
    throw code === 'route-refused' ? this.#refused(`${message}${hint}`) : this.#unreachable([claimed]);
  }

  async #drop(hosts: readonly VipHost[], call: Call): Promise<readonly Answer[]> {
    const drops = await this.#askAll(hosts, 'drop', call, this.#limitMs);
    const failed = drops.flatMap(({ host, failure }) => (failure ? [host] : []));
    this.#silent = [...this.#silent.filter((host) => !hosts.includes(host)), ...failed];
    return drops;
  }

  #mayHaveIt(host: VipHost): boolean {
    return this.#last.length === 0 || this.#last.includes(host);
  }

  readonly #limitMs = (host: VipHost, { deadlineMs }: Call): number => {
    const share = deadlineMs * patience;
    return this.#mayHaveIt(host) ? share : Math.min(briefMs, share);
  };

  #askAll(
    hosts: readonly VipHost[],
    verb: Verb,
    call: Call,
    limitMs: (host: VipHost, call: Call) => number,
  ): Promise<readonly Answer[]> {
    return Promise.all(
      hosts.map((host) => this.#ask(host, verb, { ...call, deadlineMs: limitMs(host, call) })),
    );
  }

  async #ask(host: VipHost, verb: Verb, call: Call): Promise<Answer> {
    const { addresses } = host.agent;
    const { address, interface: on } = this.settings;
    const asked = { address, ...(on === undefined ? {} : { interface: on }) };
    const where = `the agent beside ${formatAddress(host.server)}`;
    try {
      if (addresses === undefined) throw new Fault('bad-request', `${where} moves no address`);
      const held = await withDeadline(this.#clock, call, where, async (signal) => {
        const inner = { ...call, signal };
        if (verb === 'look') return (await addresses.look(asked, inner)).held;
        await addresses[verb](asked, inner);
        return verb === 'claim';
      });
      return { host, held };
    } catch (thrown) {
      if (call.signal.aborted) throw call.signal.reason;
      return { host, held: false, failure: asFault(thrown) };
    }
  }

  #refused(words: string): Fault {
    const { name: route, address } = this.settings;
    return new Fault('route-refused', `route ${route}: ${words}`, { details: { route, address } });
  }

  #unreachable(silent: readonly Answer[]): Fault {
    const { name: route, address } = this.settings;
    const words = silent.map(({ failure }) => failure?.message).join('; ');
    return new Fault('route-unreachable', `route ${route}: ${address}: ${words || 'it has no host'}`, {
      details: { route, address },
    });
  }
}

interface Answer {
  readonly host: VipHost;
  readonly held: boolean;
  readonly failure?: Fault;
}

export function vipRoute(settings: VipSettings, hosts: readonly VipHost[], clock: Clock): Route {
  return new VipRoute(settings, hosts, clock);
}
