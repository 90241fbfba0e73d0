/**
 * Gives a candidate without GTIDs what another survivor has received and it has not: from that one's own log, where a
 * replica logs the same transactions in the same order.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LinkPlaces, ReceivedTransaction, TakeRequest } from '../../core/engine.ts';
import { formatAddress, sameAddress } from '../../core/identity.ts';
import type { Survivor, Target } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import { gatheredOf } from './gathered.ts';
import type { Run } from './run.ts';

export function placesOf(server: Target, run: Run): LinkPlaces {
  const { places } = run.surroundings.link(server);
  if (places) return places;
  throw new Fault('salvage-impossible', `${server.name} cannot say where it is in a log`);
}

interface Lacking {
  readonly own: Survivor;
  readonly others: readonly Survivor[];
  /** What the candidate received itself, all of it applied. */
  readonly received: Position;
  readonly lastSeen: Position;
}

interface Taken {
  readonly reached: Position;
  /** Who could not give what it has, and why. */
  readonly reasons: readonly string[];
}

/** One survivor after the other, the furthest first; one that cannot give does not hold up the others. */
export async function fromOthers(lacking: Lacking, run: Run, left: () => Call): Promise<Taken> {
  const { own, others, received, lastSeen } = lacking;
  const { positions } = run.surroundings.engine;
  const has = (each: Survivor): Position => gatheredOf([each.gathered], run)[0] ?? received;
  const isAhead = (each: Survivor, than: Position): boolean =>
    positions.compare(has(each), lastSeen) !== 'diverged' && positions.missing(has(each), than).count > 0;
  const givers = others
    .filter((each) => isAhead(each, received))
    .toSorted((a, b) => positions.missing(has(b), has(a)).count - positions.missing(has(a), has(b)).count);
  let taken: Taken = { reached: received, reasons: [] };
  const interrupted = await placesOf(own.server, run).takesFrom(left());
  if (interrupted) {
    const giver = others.find(({ server }) => sameAddress(server.address, interrupted));
    const [upTo] = giver ? gatheredOf([giver.gathered], run) : [];
    if (!giver || upTo === undefined) {
      const from = giver ? `${giver.server.name}, which does not say what it has` : 'a server that is gone';
      throw new Fault('salvage-impossible', `${own.server.name} was taking from ${from}`);
    }
    await finish({ own, giver, has: upTo }, run, left());
    taken = { reached: upTo, reasons: [] };
  }
  for (const giver of givers) {
    if (!isAhead(giver, taken.reached)) continue;
    // Half of the time that is left: the next one may have it, too.
    const half = (): Call => ({ ...left(), deadlineMs: Math.max(1, left().deadlineMs / 2) });
    taken = await take({ own, giver, has: has(giver), so: taken }, run, { give: half(), left });
  }
  return taken;
}

interface Errand {
  readonly own: Survivor;
  readonly giver: Survivor;
  /** What the giver has received. */
  readonly has: Position;
}

async function take(
  { own, giver, has, so }: Errand & { readonly so: Taken },
  run: Run,
  { give, left }: { readonly give: Call; readonly left: () => Call },
): Promise<Taken> {
  const candidate = placesOf(own.server, run);
  const reasons = [...so.reasons];
  const note = (thrown: unknown): undefined => {
    left().signal.throwIfAborted();
    const fault = asFault(thrown);
    if (fault.code === 'lease-lost') throw fault;
    reasons.push(`not from ${giver.server.name}: ${fault.message}`);
  };
  const offer = await offerOf({ own, giver, has }, so.reached, run, give).catch(note);
  if (!offer) return { ...so, reasons };
  const { transactions, begun, request } = offer;
  await candidate.takeFrom(request, give).catch(note);
  // Also when it failed on the way: what came before is here, whole transactions in their order.
  const got = (await candidate.loggedAfter(begun, left())).length;
  const reached = transactions[got - 1]?.end ?? so.reached;
  await candidate.settle(reached, left());
  return { reached, reasons };
}

interface Offer {
  readonly transactions: readonly ReceivedTransaction[];
  /** Where the candidate's own log ends before it takes them. */
  readonly begun: Position;
  readonly request: TakeRequest;
}

async function offerOf({ own, giver, has }: Errand, reached: Position, run: Run, call: Call): Promise<Offer> {
  // What it has of an offer that it took in part is told by counting.
  await placesOf(own.server, run).expectFaithful(call);
  await expectSettled(giver.server, run, call);
  await run.surroundings.link(giver.server).awaitPosition(has, call);
  const places = placesOf(giver.server, run);
  const transactions = await places.receivedAfter(reached, call);
  const from = await places.lastLogged(transactions, giver.logged, call);
  const upTo = await places.lastLogged([], giver.logged, call);
  const begun = await placesOf(own.server, run).lastLogged([], own.logged, call);
  return { transactions, begun, request: { source: giver.server.address, from, upTo } };
}

/**
 * Throws of one that was the candidate once and took from another replica: its place in its source's log does not say
 * what it has.
 */
export async function expectSettled(server: Target, run: Run, call: Call): Promise<void> {
  const from = await placesOf(server, run).takesFrom(call);
  if (!from) return;
  const what = `${server.name} has taken transactions from ${formatAddress(from)} that its place does not tell`;
  throw new Fault('verification-failed', what);
}

/** What was interrupted goes on from where it was. */
async function finish({ own, giver, has }: Errand, run: Run, call: Call): Promise<void> {
  await run.surroundings.link(giver.server).awaitPosition(has, call);
  const upTo = await placesOf(giver.server, run).lastLogged([], giver.logged, call);
  const candidate = placesOf(own.server, run);
  await candidate.takeFrom({ source: giver.server.address, from: upTo, upTo }, call);
  await candidate.settle(has, call);
}
