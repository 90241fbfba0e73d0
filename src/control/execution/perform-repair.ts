/** What the verbs of a repair do, beyond those of a rejoin. */

import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { sameAddress } from '../../core/identity.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import { position } from '../../core/positions.ts';
import { counted } from '../../core/wording.ts';
import { awaitAnswer } from './await-answer.ts';
import type { Of, Run } from './run.ts';

async function stopReplicating(
  { server }: Of<'stop-replicating'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  await awaitAnswer(server, run, call);
  return { position: await run.surroundings.link(server).stopReplicating(call) };
}

/**
 * On the primary alone these names become part of everybody's history, so nothing is committed that nobody was shown, and
 * nothing on a server that only was the primary.
 */
async function commitEmpty(
  { server, replica, surplus, planned }: Of<'commit-empty'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const { link, engine } = run.surroundings;
  const found = run.outputs.get(surplus.step)?.surplus;
  if (!found) return { note: `${replica.name} has nothing of its own any more` };
  const names = position(found.names);
  const more = engine.positions.missing(names, planned);
  if (more.count > 0) {
    const fact = `${replica.name} alone has ${more.text} besides what was planned for`;
    throw new Fault('verification-failed', fact, { details: { planned } });
  }
  const primary = await link(server).probe(call);
  if (primary.writeMode !== 'writable')
    throw new Fault('verification-failed', `${server.name} does not take the writes any more`);
  await link(server).commitEmpty(names, call);
  const own = await link(replica).probe(call);
  const left = engine.errant(own, await link(server).probe(call));
  if (left) throw new Fault('verification-failed', `${replica.name} still has ${left.text}`);
  return { note: `${counted(found.transactions, 'empty transaction')}; its rows are as they were` };
}

const mebi = 1024 * 1024;

/** Only a server that is seen to follow is sure not to need it any more; one that lags on purpose shows no more than that. */
async function settleCopy(
  { server, keepOldData }: Of<'settle-copy'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const data = run.surroundings.agent(server)?.data;
  if (!data) return {};
  const proof = run.plan.steps.find(({ action }) => action.verb === 'prove');
  const proven = (!proof || run.outputs.has(proof.id)) && (await isFollowing(server, run, call));
  if (!proven) return { note: 'its copy is not proven: no old data is removed' };
  const { folder, bytes } = await data.settle({ keepOldData }, call);
  return bytes === 0
    ? {}
    : { note: `its old data (${Math.ceil(bytes / mebi)} MiB) is kept in ${folder} on its host` };
}

/** As the plan has it follow. */
async function isFollowing(server: Target, { plan, surroundings }: Run, call: Call): Promise<boolean> {
  const { channels } = await surroundings.link(server).probe(call);
  return plan.steps.some(
    ({ action }) =>
      action.verb === 'follow' &&
      action.server.id === server.id &&
      channels.some(
        ({ source, receiver, applier }) =>
          sameAddress(source, action.source.address) && receiver === 'running' && applier === 'running',
      ),
  );
}

export const repairHandlers = {
  'settle-copy': settleCopy,
  'stop-replicating': stopReplicating,
  'commit-empty': commitEmpty,
};
