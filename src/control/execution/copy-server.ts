/** Makes a server anew as a copy of another one, which it makes by itself, and starts it again afterwards. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { CopyState } from '../../core/engine.ts';
import type { Target } from '../../core/plan.ts';
import { awaitAnswer } from './await-answer.ts';
import type { Run } from './run.ts';

export interface Copying {
  readonly server: Target;
  /** The first that can gives the copy. */
  readonly donors: readonly Target[];
}

const lookMs = 2000;
const pauseMs = 200;

/** Read-only and replicating from nobody when it returns. Safe to repeat. */
export async function copyAnother(copying: Copying, run: Run, call: Call): Promise<string> {
  const { link, engine } = run.surroundings;
  const { server } = copying;
  const note =
    engine.restores.clone === 'agents'
      ? await byAgents(copying, run, call)
      : await byServer(copying, run, call);
  await link(server).makeReadOnly(call);
  // It has the donor's source, and none of the logs that belong to it.
  await link(server).retireSource(call);
  return note;
}

/** One that is whole is not made again. */
async function byServer({ server, donors }: Copying, run: Run, call: Call): Promise<string> {
  const { link } = run.surroundings;
  const before = await awaitSettled(server, run, call);
  if (before === 'whole' && (await isCopyOf(server, donors, run, call))) return 'it was copied before';
  const donor = await readyDonor(donors, run, call);
  await link(server).cloneFrom(donor.address, call);
  const state = await awaitSettled(server, run, call);
  if (state !== 'whole')
    throw new Fault('replication-broken', `${server.name} did not become a copy of ${donor.name}`);
  return `a copy of ${donor.name}`;
}

/** The donor serves on meanwhile; this server's data stays in place until the copy is whole. */
async function byAgents({ server, donors }: Copying, run: Run, call: Call): Promise<string> {
  const { link, agent: agentOf, account } = run.surroundings;
  const agent = agentOf(server);
  const [donor] = donors.filter((each) => agentOf(each)?.copies);
  const giver = donor && agentOf(donor)?.copies;
  if (!agent?.copies || !giver) {
    const fact = `a copy needs an agent on ${server.name}'s host and one on another`;
    throw new Fault('salvage-impossible', fact);
  }
  const { user, password } = account;
  const { position, oldData } = await agent.copies.take(await giver.give({ user, password }, call), call);
  await agent.unfence({ start: 'read-only' }, call);
  await awaitAnswer(server, run, call);
  await link(server).makeReadOnly(call);
  await link(server).retireSource(call);
  await link(server).adopt(position, call);
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

async function readyDonor(donors: readonly Target[], run: Run, call: Call): Promise<Target> {
  const reasons: string[] = [];
  for (const donor of donors) {
    try {
      await run.surroundings.link(donor).readyToClone(call);
      return donor;
    } catch (thrown) {
      call.signal.throwIfAborted();
      reasons.push(`${donor.name}: ${asFault(thrown).message}`);
    }
  }
  throw new Fault('verification-failed', `no server can be copied: ${reasons.join('; ')}`);
}

/** A server that went down at the end of its copy is started by its agent, if there is one and nobody else does. */
async function awaitSettled(server: Target, run: Run, call: Call): Promise<CopyState> {
  const { link, agent: agentOf, clock } = run.surroundings;
  const agent = agentOf(server);
  const brief = { ...call, deadlineMs: lookMs };
  const began = clock.monotonic();
  for (;;) {
    const state = await link(server)
      .copyState(brief)
      .catch(() => undefined);
    if (state !== undefined && state !== 'under-way') return state;
    call.signal.throwIfAborted();
    if (clock.monotonic() - began > call.deadlineMs)
      throw new Fault(
        'deadline-exceeded',
        `${server.name} did not come back within ${Math.round(call.deadlineMs)} ms`,
      );
    const host = await agent?.state(brief).catch(() => undefined);
    if (agent && host?.server === 'gone')
      await agent.unfence({ start: 'read-only' }, brief).catch(() => undefined);
    await clock.sleep(pauseMs, call.signal);
  }
}
