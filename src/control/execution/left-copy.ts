/**
 * A copy by agents that an operation has left before its server was told what it holds. Until then it says that it has
 * what its donor had once applied as a replica: it would apply again what is in its data.
 */

import type { Call } from '../../core/clock.ts';
import type { Observation } from '../../core/observation.ts';
import type { Target } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import type { Run } from './run.ts';

export interface LeftCopy {
  readonly held: Position;
  /** Why its server cannot be told what it holds and then follow; absent when it can. */
  readonly because?: string;
}

/** Undefined once the server says itself that it has it: its own position never goes back behind it. */
export async function leftCopy(
  { server, primary }: { readonly server: Target; readonly primary: Target },
  run: Run,
  call: Call,
): Promise<LeftCopy | undefined> {
  const { link, agent, engine } = run.surroundings;
  if (engine.restores.clone !== 'agents') return undefined;
  const held = (await agent(server)?.data?.unproven(call))?.position;
  if (held === undefined) return undefined;
  const own = await link(server).probe(call);
  if (engine.positions.missing(held, own.executed).count === 0) return undefined;
  const because = notAdoptable(held, own, await link(primary).probe(call), run);
  return { held, ...(because === undefined ? {} : { because }) };
}

function notAdoptable(
  held: Position,
  own: Observation,
  primary: Observation,
  { surroundings: { engine } }: Run,
): string | undefined {
  const later = engine.errant(own, primary);
  if (later) return `it took writes since it was copied: ${later.text}`;
  const beyond = engine.errant({ ...own, executed: held, origins: held }, primary);
  return beyond && `its copy has what the primary lacks: ${beyond.text}`;
}
