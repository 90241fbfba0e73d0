/** Plans changes of a cluster's shape on what its nodes say now, and has them carried out. */
import { asFault, Fault } from '../contract/errors.ts';
import type { Call } from '../core/clock.ts';
import type { Engine } from '../core/engine.ts';
import type { ServerId } from '../core/identity.ts';
import type { Plan, Target } from '../core/plan.ts';
import type {
  ClusterShaper,
  Located,
  Shaped,
  ShapeOptions,
  ShapeWork,
} from '../core/shards/cluster-shaper.ts';
import type { Placements } from '../core/shards/placement.ts';
import { planReshape } from '../core/shards/plan-reshape.ts';
import type { ReshapeQuestion } from '../core/shards/reshape-question.ts';
import type { ReshapeRequest } from '../core/shards/reshape-request.ts';
import type { ShardSituation } from '../core/shards/shard-situation.ts';
import { listSlots, parseSlots } from '../core/shards/slots.ts';
import type { Planned } from '../core/switchover/plan-switchover.ts';
import { nodeById, type Topology } from '../core/topology.ts';
import { counted } from '../core/wording.ts';
import type { ReshapeAsked } from './control-plane.ts';
import type { ClusterWatch } from './observation/cluster-watch.ts';
import { type FoundServers, reshapeRequest } from './reshape-request.ts';

export interface ReshapingParts {
  readonly engine: Engine;
  readonly servers: ClusterWatch;
  /** Absent on engines whose clusters have one primary. */
  readonly shaper: ClusterShaper | undefined;
  situation(): ShardSituation;
}

/** For what is asked to make a plan: a look, and a count of keys. */
const askMs = 10_000;

export class Reshaping {
  readonly #parts: ReshapingParts;

  constructor(parts: ReshapingParts) {
    this.#parts = parts;
  }

  /** Looks at all servers now and plans on what it sees. Throws what a node answers that is to be added. */
  async plan(asked: ReshapeAsked, server: FoundServers['server'], signal: AbortSignal): Promise<Planned> {
    const { engine, servers, shaper } = this.#parts;
    if (shaper === undefined) {
      const fact = `a cluster of ${engine.title} has one primary, and no slots`;
      return { ok: false, refusals: [{ code: 'not-sharded', fact, needs: 'a Redis Cluster' }] };
    }
    const request = await reshapeRequest(asked, { server, defaultPort: engine.defaultPort });
    await servers.lookAtAll(signal);
    const call: Call = { signal, deadlineMs: askMs };
    const topology = servers.topology();
    const question: ReshapeQuestion = {
      topology,
      engine,
      situation: this.#parts.situation(),
      placements: placementsOf(topology),
      request,
      ...(request.what === 'add-node'
        ? { newcomer: { node: await shaper.newcomer(request.address, call), address: request.address } }
        : {}),
      ...(request.what === 'fix' ? { repairs: await this.#repairs(shaper, request, call) } : {}),
    };
    const planned = planReshape(question);
    return planned.ok ? { ok: true, plan: await this.#withKeys(planned.plan, shaper, call) } : planned;
  }

  /** What ends it, and what it says, names servers as people do. */
  async shape(
    work: ShapeWork,
    involved: readonly Target[],
    options: ShapeOptions,
    call: Call,
  ): Promise<Shaped> {
    const { shaper } = this.#parts;
    if (shaper === undefined) throw new Fault('internal', 'this engine has no shards');
    const words = this.#words(involved);
    try {
      const shaped = await shaper.shape(work, [...this.#located(), ...involved], options, call);
      return shaped.ok ? shaped : { ...shaped, why: words(shaped.why) };
    } catch (thrown) {
      const { code, message, details } = asFault(thrown);
      throw new Fault(code, words(message), { cause: thrown, details });
    }
  }

  #repairs(
    shaper: ClusterShaper,
    { withoutUnreachable = false }: Extract<ReshapeRequest, { what: 'fix' }>,
    call: Call,
  ): NonNullable<ReshapeQuestion['repairs']> | Promise<NonNullable<ReshapeQuestion['repairs']>> {
    return shaper.planFix({ withoutUnreachable }, this.#located(), call);
  }

  /** Those that have been seen: others have no id yet. */
  #located(): readonly Located[] {
    return this.#parts.servers
      .members()
      .flatMap(({ id, address, seen }) => (seen === undefined ? [] : [{ id, address }]));
  }

  #words(involved: readonly Target[]): (text: string) => string {
    const topology = this.#parts.servers.topology();
    const nameOf = (id: string): string =>
      nodeById(topology, id as ServerId)?.name ??
      involved.find((each) => each.id === id)?.name ??
      id.slice(0, 8);
    return (text) => text.replace(/\b[0-9a-f]{40}\b/g, nameOf);
  }

  /** How much goes with each transfer. That it cannot be counted is no reason not to show the plan. */
  async #withKeys(plan: Plan, shaper: ClusterShaper, call: Call): Promise<Plan> {
    const moves = plan.steps.flatMap(({ id, action }) =>
      action.verb === 'move-slots'
        ? [{ id, from: action.from.id, to: action.to.id, slots: listSlots(parseSlots(action.slots) ?? []) }]
        : [],
    );
    if (moves.length === 0) return plan;
    const counts = await shaper.countKeys(moves, this.#located(), call).catch(() => undefined);
    if (counts === undefined) return plan;
    const notes = new Map(moves.map(({ id }, at) => [id, counted(counts[at] ?? 0, 'key')]));
    return {
      ...plan,
      steps: plan.steps.map((step) => {
        const note = notes.get(step.id);
        return note === undefined ? step : { ...step, note };
      }),
    };
  }
}

/** A host is an address, and a zone a data centre, as far as people have said. */
function placementsOf({ nodes }: Topology): Placements {
  return new Map(
    nodes.map(({ id, address, settings }) => [
      id,
      { host: address.host, ...(settings.dataCenter === undefined ? {} : { zone: settings.dataCenter }) },
    ]),
  );
}
