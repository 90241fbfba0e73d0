/**
 * Levels the candidate and places the survivors where servers have no GTIDs. Every survivor's place is one in the dead
 * primary's log; where that is in the candidate's own log is found by counting transactions from the end, before anybody
 * writes there.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { ReceivedTransaction } from '../../core/engine.ts';
import { sameAddress } from '../../core/identity.ts';
import type { StepOutput, SurvivorPlace } from '../../core/operation.ts';
import type { Survivor, Target } from '../../core/plan.ts';
import { type Position, position } from '../../core/positions.ts';
import { gatheredOf, unionOf } from './gathered.ts';
import { weighed } from './perform-level.ts';
import type { Of, Run } from './run.ts';
import { expectSettled, fromOthers, placesOf } from './take-from-others.ts';

type Level = Of<'level-by-place'>;

/** First what it received itself, then what other survivors received, last the dead primary's log. */
async function levelByPlace(action: Level, run: Run, call: Call): Promise<StepOutput> {
  const { clock, link } = run.surroundings;
  const { server, survivors, lastSeen } = action;
  const left = countdown(clock, call);
  const own = survivors.find((each) => each.server.id === server.id);
  const [received] = own ? gatheredOf([own.gathered], run) : [];
  if (!own || received === undefined) throw new Fault('internal', `${server.name} was not gathered`);
  await link(server).awaitPosition(received, left());
  const others = survivors.filter((each) => each !== own);
  const taken = await fromOthers({ own, others, received, lastSeen }, run, left);
  const { reached, reasons } = taken;
  // What an earlier try replayed is in its own log, after all that it has from others.
  const before = (await placesOf(server, run).replayedFrom(left())) ?? reached;
  const places: SurvivorPlace[] = [];
  // Half of what is left is for the dead primary's log; of the rest each survivor may use half, the next one has it, too.
  const kept = action.tail === undefined ? 0 : left().deadlineMs / 2;
  for (const each of others) {
    const share = { ...call, deadlineMs: Math.max(1, (left().deadlineMs - kept) / 2) };
    places.push(await placeOf(each, { action, own, before }, run, share));
  }
  const replayed = await replayTail(action, run, left());
  const at = replayed ?? reached;
  const note = reasons.length === 0 ? {} : { note: reasons.join('; ') };
  return { position: at, places, ...note, ...lossOf(action, at, { run, reasons }) };
}

/** Returns where it ends in the dead primary's log; undefined when there is nothing of it. */
async function replayTail({ server, tail }: Level, run: Run, call: Call): Promise<Position | undefined> {
  const { link, shelf } = run.surroundings;
  const salvaged = tail && run.outputs.get(tail.step);
  if (!salvaged?.tail || salvaged.tail.file === '' || salvaged.position === undefined) return undefined;
  await link(server).applyLog(shelf.read(salvaged.tail.file), call);
  return position(salvaged.position);
}

function lossOf(
  { survivors }: Level,
  reached: Position,
  { run, reasons }: { readonly run: Run; readonly reasons: readonly string[] },
): Pick<StepOutput, 'loss'> {
  const { positions } = run.surroundings.engine;
  const references = survivors.map(({ gathered }) => gathered);
  const all = unionOf(gatheredOf(references, run), positions);
  return all === undefined ? {} : weighed(positions.missing(all, reached), run, reasons);
}

interface Reached {
  readonly action: Level;
  readonly own: Survivor;
  /** So far its own log is that of the dead primary, transaction by transaction, and goes no further. */
  readonly before: Position;
}

/** Where the survivor goes on in the candidate's log; one of which that cannot be told is left alone. */
async function placeOf(
  { server: survivor, gathered }: Survivor,
  { action, own, before }: Reached,
  run: Run,
  call: Call,
): Promise<SurvivorPlace> {
  const { clock, engine } = run.surroundings;
  const { positions } = engine;
  const { server, lastSeen, survivors } = action;
  const left = countdown(clock, call);
  const unknown = (because: string): SurvivorPlace => ({ server: survivor.name, because });
  const [has] = gatheredOf([gathered], run);
  if (has === undefined) return unknown('it did not say what it has received');
  if (positions.compare(has, lastSeen) === 'diverged') return unknown('it follows another log');
  const surplus = positions.missing(has, before);
  if (surplus.count > 0) return unknown(`it has ${surplus.text}, which ${server.name} lacks`);
  try {
    const answering = survivors.filter((each) => gatheredOf([each.gathered], run).length > 0);
    const others = answering.filter((each) => each.server.id !== server.id);
    const tellers = [server, ...others.map((each) => each.server)];
    const later = await between(has, before, { tellers, run }, left);
    return { server: survivor.name, at: await placesOf(server, run).lastLogged(later, own.logged, left()) };
  } catch (thrown) {
    const fault = expectAllowed(thrown, call);
    const lacks = positions.missing(before, has).text;
    const what = lacks === '' ? '' : `it lacks ${lacks}, and `;
    return unknown(`${what}where it goes on in ${server.name}'s log cannot be told: ${fault.message}`);
  }
}

function expectAllowed(thrown: unknown, call: Call): Fault {
  call.signal.throwIfAborted();
  const fault = asFault(thrown);
  if (fault.code === 'lease-lost') throw fault;
  return fault;
}

/** The dead primary's transactions after one place up to another, by whoever's relay log still holds all of them. */
async function between(
  from: Position,
  upTo: Position,
  { tellers, run }: { readonly tellers: readonly Target[]; readonly run: Run },
  left: () => Call,
): Promise<readonly ReceivedTransaction[]> {
  const { positions } = run.surroundings.engine;
  if (positions.compare(from, upTo) === 'equal') return [];
  let reason = 'no relay log holds what lies between';
  for (const teller of tellers) {
    try {
      const half = { ...left(), deadlineMs: left().deadlineMs / 2 };
      const all = await placesOf(teller, run).receivedAfter(from, half);
      const end = all.findIndex((each) => positions.compare(each.end, upTo) === 'equal');
      if (end >= 0) return all.slice(0, end + 1);
    } catch (thrown) {
      reason = expectAllowed(thrown, left()).message;
    }
  }
  throw new Fault('salvage-impossible', reason);
}

/** All that it has received is applied first: following another source throws its relay log away. */
async function followFromPlace(
  { server, source, settings, gathered, places }: Of<'follow-from-place'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const { clock, link, engine } = run.surroundings;
  const left = countdown(clock, call);
  const place = run.outputs.get(places.step)?.places?.find((each) => each.server === server.name);
  const [has] = gatheredOf([gathered], run);
  if (has === undefined || place?.at === undefined) {
    const why = place?.because ?? 'it is not on record';
    const fact = `where ${server.name} would go on in ${source.name}'s log is not known: ${why}`;
    throw new Fault('salvage-impossible', fact);
  }
  await expectSettled(server, run, left());
  const { channels } = await link(server).probe(left());
  if (!channels.some((channel) => sameAddress(channel.source, source.address))) {
    await link(server).awaitPosition(has, left());
    const more = engine.positions.missing(await link(server).position(left()), has);
    if (more.count > 0) {
      throw new Fault('verification-failed', `${server.name} went on after it was stopped: ${more.text}`);
    }
  }
  await link(server).follow({ source: source.address, settings, at: position(place.at) }, left());
  return {};
}

export const placeHandlers = { 'level-by-place': levelByPlace, 'follow-from-place': followFromPlace };
