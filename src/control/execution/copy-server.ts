/** Makes a server anew as a copy of another one, which it makes by itself, and starts it again afterwards. */

import { asFault, Fault } from '../../contract/errors.ts';
import { halfDone, pastReturn } from '../../contract/half-done.ts';
import type { Call } from '../../core/clock.ts';
import type { CopyState } from '../../core/engine.ts';
import type { SavedSurplus } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import { awaitAnswer, startWhenGone } from './await-answer.ts';
import { expectCopyable, expectKept } from './before-copy.ts';
import type { Run } from './run.ts';

export interface Copying {
  readonly server: Target;
  /** The first that can gives the copy. */
  readonly donors: readonly Target[];
  /** What only this server has, and where that is kept; absent when it has nothing of its own. */
  readonly saved?: SavedSurplus;
}

const lookMs = 2000;
const pauseMs = 200;
/** For all but the copy itself, which may take hours: a statement that hangs must not keep the cluster as long. */
const statementMs = 120_000;
/** A server that restarts at the end of its copy is silent for a while; one that is silent for longer does not come back. */
const silentMs = 600_000;

export const soon = (call: Call): Call => ({ ...call, deadlineMs: Math.min(statementMs, call.deadlineMs) });

/** Read-only and replicating from nobody when it returns. Safe to repeat. A fault that is half done came after data was replaced. */
export async function copyAnother(copying: Copying, run: Run, call: Call): Promise<string> {
  const { engine } = run.surroundings;
  const { server } = copying;
  const note =
    engine.restores.clone === 'agents'
      ? await byAgents(copying, run, call)
      : await byServer(copying, run, call);
  await pastReturn(() => forgetSource(server, run, call));
  return note;
}

/** Safe to repeat until it follows. */
export async function adoptCopy(server: Target, holds: Position, run: Run, call: Call): Promise<void> {
  await forgetSource(server, run, call);
  await run.surroundings.link(server).adopt(holds, soon(call));
}

/** It has the donor's source, and none of the logs that belong to it. */
async function forgetSource(server: Target, { surroundings: { link } }: Run, call: Call): Promise<void> {
  await link(server).makeReadOnly(soon(call));
  await link(server).retireSource(soon(call));
}

/** One that is whole is not made again. */
async function byServer(copying: Copying, run: Run, call: Call): Promise<string> {
  const { server, donors } = copying;
  const { link } = run.surroundings;
  const before = await awaitSettled(server, run, call);
  if (before === 'whole' && (await isCopyOf(server, donors, run, soon(call)))) return 'it was copied before';
  // One that was begun and not completed has nothing left to keep.
  const isIntact = before !== 'broken';
  if (isIntact) await expectKept(server, copying.saved, run);
  const donor = await readyDonor(donors, call, async (each) => {
    await link(each).readyToClone(soon(call));
    if (isIntact) await expectCopyable(server, each, run, soon(call));
  });
  try {
    await link(server).cloneFrom(donor.address, call);
  } catch (thrown) {
    const after = await link(server)
      .copyState(soon(call))
      .catch(() => undefined);
    throw isIntact && after === before ? thrown : halfDone(thrown);
  }
  const state = await awaitSettled(server, run, call);
  if (state !== 'whole')
    throw new Fault('replication-broken', `${server.name} did not become a copy of ${donor.name}`);
  return `a copy of ${donor.name}`;
}

/** The donor serves on meanwhile; this server's data stays in place until the copy is whole. */
async function byAgents({ server, donors, saved }: Copying, run: Run, call: Call): Promise<string> {
  const { agent: agentOf, account } = run.surroundings;
  const agent = agentOf(server);
  const givers = donors.filter((each) => agentOf(each)?.copies);
  if (!agent?.copies || givers.length === 0) {
    const fact = `a copy needs an agent on ${server.name}'s host and one on another`;
    throw new Fault('salvage-impossible', fact);
  }
  await expectKept(server, saved, run);
  const donor = await readyDonor(givers, call, (each) => expectCopyable(server, each, run, soon(call)));
  const giver = agentOf(donor)?.copies;
  if (!giver) throw new Fault('agent-unreachable', `no agent on ${donor.name}'s host`);
  const { user, password } = account;
  const { position, oldData } = await agent.copies.take(await giver.give({ user, password }, call), call);
  await pastReturn(async () => {
    await agent.unfence({ start: 'read-only' }, soon(call));
    await awaitAnswer(server, run, soon(call));
    await adoptCopy(server, position, run, call);
  });
  return `a copy of ${donor.name}; its old data lies in ${oldData}`;
}

/** A copy may also be one of long ago, before this server took writes of its own. */
async function isCopyOf(server: Target, [donor]: readonly Target[], run: Run, call: Call): Promise<boolean> {
  if (!donor) return false;
  const { link, engine } = run.surroundings;
  const own = await link(server).probe(call);
  const surplus = engine.errant(own, await link(donor).probe(call));
  return surplus === undefined;
}

/** The first that `check` lets pass. */
async function readyDonor(
  donors: readonly Target[],
  call: Call,
  check: (donor: Target) => Promise<void>,
): Promise<Target> {
  const reasons: string[] = [];
  for (const donor of donors) {
    try {
      await check(donor);
      return donor;
    } catch (thrown) {
      call.signal.throwIfAborted();
      reasons.push(`${donor.name}: ${asFault(thrown).message}`);
    }
  }
  throw new Fault('verification-failed', `no server can be copied: ${reasons.join('; ')}`);
}

/**
 * Waits for a copy that is under way, whoever began it. A server that went down at its end is started by its agent, if there
 * is one and nobody else does.
 */
export async function awaitSettled(server: Target, run: Run, call: Call): Promise<CopyState> {
  const { link, clock } = run.surroundings;
  const brief = { ...call, deadlineMs: lookMs };
  const began = clock.monotonic();
  let answered = began;
  for (;;) {
    const state = await link(server)
      .copyState(brief)
      .catch(() => undefined);
    if (state !== undefined && state !== 'under-way') return state;
    call.signal.throwIfAborted();
    const now = clock.monotonic();
    if (state !== undefined) answered = now;
    const silent = now - answered;
    if (now - began > call.deadlineMs || silent > silentMs)
      throw new Fault(
        'deadline-exceeded',
        `${server.name} did not come back within ${Math.round(silent)} ms`,
      );
    await startWhenGone(server, run, brief);
    await clock.sleep(pauseMs, call.signal);
  }
}
