/** What a running plan reaches out to. Production wires the real ones, the simulator its models. */
import type { Call, Clock } from '../../core/clock.ts';
import type { Judgement } from '../../core/detection/testimony.ts';
import type { Engine, HandedOver, ServerLink } from '../../core/engine.ts';
import type { HostAgent, SalvageShelf, ServerAccount } from '../../core/host.ts';
import type { Action, Plan, Target } from '../../core/plan.ts';
import type { HookSettings, RouteSettings } from '../../core/policy.ts';
import type { Route } from '../../core/route.ts';
import type { Shaped, ShapeOptions, ShapeWork } from '../../core/shards/cluster-shaper.ts';
import type { ElectionFate } from '../../core/shards/election-fate.ts';
import type { Refusal } from '../../core/switchover-request.ts';

export type HandOverAction = Extract<Action, { readonly verb: 'hand-over' }>;

export interface HookOccasion {
  readonly operation: string;
  readonly plan: Plan;
  readonly moment: 'before' | 'after' | 'fence';
  readonly position?: string;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly engine: Engine;
  /** Throws `lease-lost` when the lease's time is over by this controller's own clock. */
  assertAllowed(): void;
  link(target: Target): ServerLink;
  route(settings: RouteSettings): Route;
  /** The agent on a server's host; undefined where none is configured. */
  agent(target: Target): HostAgent | undefined;
  /** What its servers are spoken to with, for a tool on their hosts. */
  readonly account: ServerAccount;
  /** Asks every witness whether the server is dead. */
  judge(target: Target, call: Call): Promise<Judgement>;
  /** Of engines whose servers hand over among themselves. */
  handOver(action: HandOverAction, call: Call): Promise<HandedOver>;
  /** What became of one that nobody followed to its end, as the nodes say now. */
  fateOf(action: HandOverAction, signal: AbortSignal): Promise<ElectionFate>;
  /** Of clusters of several primaries. What it says of servers names them as people do. */
  shape(work: ShapeWork, involved: readonly Target[], options: ShapeOptions, call: Call): Promise<Shaped>;
  /** Keeps what was salvaged, and gives it back. */
  shelf: SalvageShelf;
  /** A fresh look at the whole cluster; what stands in this plan's way now. */
  verify(plan: Plan, call: Call): Promise<readonly Refusal[]>;
  runHook(hook: HookSettings, occasion: HookOccasion, call: Call): Promise<void>;
}
