/**
 * Gives the candidate what others hold: its own relay log first, then the dead primary's log, then what only other
 * survivors have. One of them that cannot give does not hold up the promotion: what then is missing is known, and
 * weighed as any other loss.
 */

import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import { acceptsLack, withLack } from '../../core/failover/loss.ts';
import type { Loss, StepOutput } from '../../core/operation.ts';
import type { LossLimits, Survivor, Target } from '../../core/plan.ts';
import type { Position, PositionGap } from '../../core/positions.ts';
import { gatheredOf, unionOf } from './gathered.ts';
import type { Of, Run } from './run.ts';

type Level = Of<'level'>;

export async function level(action: Level, run: Run, call: Call): Promise<StepOutput> {
  const { link, clock, engine, shelf } = run.surroundings;
  const { server, survivors } = action;
  const left = countdown(clock, call);
  const own = survivors.find((each) => each.server.id === server.id);
  const [received] = own ? gatheredOf([own.gathered], run) : [];
  if (received) await link(server).awaitPosition(received, left());
  const tail = action.tail && run.outputs.get(action.tail.step)?.tail;
  if (tail && tail.file !== '') await link(server).applyLog(shelf.read(tail.file), left());
  const references = survivors.map((each) => each.gathered);
  const all = unionOf(gatheredOf(references, run), engine.positions);
  const now = await link(server).position(left());
  if (!all || engine.positions.missing(all, now).count === 0) return { position: now };
  if (!engine.keepsNoLog) await fromOthers(action, { all, now }, run, left);
  const reached = await link(server).position(left());
  return { position: reached, ...weighed(engine.positions.missing(all, reached), run) };
}

/** Follows one survivor after the other, the one that has most of what is lacking first. */
async function fromOthers(
  { server, survivors }: Level,
  { all, now }: { readonly all: Position; readonly now: Position },
  run: Run,
  left: () => Call,
): Promise<void> {
  const { link, engine } = run.surroundings;
  const algebra = engine.positions;
  const has = ({ gathered }: Survivor): Position => gatheredOf([gathered], run)[0] ?? now;
  const givers = survivors
    .filter((each) => each.server.id !== server.id && algebra.missing(has(each), now).count > 0)
    .toSorted((a, b) => algebra.missing(has(b), now).count - algebra.missing(has(a), now).count);
  for (const giver of givers) {
    const lacking = algebra.missing(all, await link(server).position(left()));
    if (lacking.count === 0) return;
    // Half of the time that is left: the next one may have it, too.
    const half = (): Call => ({ ...left(), deadlineMs: Math.max(1, left().deadlineMs / 2) });
    try {
      await followFor({ server, source: giver.server, until: has(giver) }, run, half());
    } catch (thrown) {
      left().signal.throwIfAborted();
      if (thrown instanceof Fault && thrown.code === 'lease-lost') throw thrown;
    } finally {
      await link(server).stopReceiving(left());
    }
  }
}

interface Errand {
  readonly server: Target;
  readonly source: Target;
  readonly until: Position;
}

async function followFor({ server, source, until }: Errand, run: Run, call: Call): Promise<void> {
  const { link } = run.surroundings;
  const { channels } = await link(server).probe(call);
  const channel = channels[0]?.name;
  const settings = { wasPrimary: false, ...(channel ? { channel } : {}) };
  await link(server).follow({ source: source.address, settings }, call);
  await link(server).awaitPosition(until, call);
}

/** What nobody could give is lost, besides what nobody has; whether all of it is put up with, the policy says. */
export function weighed(
  lacking: PositionGap,
  run: Run,
  reasons: readonly string[] = [],
): Pick<StepOutput, 'loss'> {
  if (lacking.count === 0) return {};
  const { limits, assessed } = assessmentOf(run);
  const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  const because = `a survivor has received ${lacking.text} and could not give them on${why}`;
  const loss = withLack(assessed, lacking, because);
  if (!limits || !acceptsLack(limits, { count: loss.transactions, text: loss.names })) {
    throw new Fault('loss-not-accepted', `${loss.because}; missing: ${loss.names}`, { details: { loss } });
  }
  return { loss: limits.accepted ? { ...loss, acceptedBy: limits.accepted.by } : loss };
}

interface Assessment {
  readonly limits?: LossLimits;
  readonly assessed?: Loss | undefined;
}

function assessmentOf({ plan, outputs }: Run): Assessment {
  const step = plan.steps.find(({ action }) => action.verb === 'assess');
  if (step?.action.verb !== 'assess') return {};
  return { limits: step.action.limits, assessed: outputs.get(step.id)?.loss };
}
