/**
 * Before a server's data is replaced: what could stand in the way, so that it is known while nothing has been touched. A copy
 * that was begun by an earlier try is gone on with all the same: there is nothing left to keep.
 */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { CopyRoom } from '../../core/failover/copy-refusal.ts';
import { roomRefusal } from '../../core/failover/copy-refusal.ts';
import type { SavedSurplus } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import type { Run } from './run.ts';

const refused = (server: Target, why: string): Fault =>
  new Fault('verification-failed', `${server.name} is not copied to: ${why}`);

/** The only other place of what the copy is about to replace. */
export async function expectKept(
  server: Target,
  saved: SavedSurplus | undefined,
  { surroundings }: Run,
): Promise<void> {
  if (!saved) return;
  try {
    for await (const chunk of surroundings.shelf.read(saved.file)) if (chunk.length > 0) return;
  } catch (thrown) {
    throw refused(server, `${saved.file} cannot be read: ${asFault(thrown).message}`);
  }
  throw refused(server, `${saved.file} is empty`);
}

/** Throws `verification-failed`. Where no agent tells, room is not known and not asked for. */
export async function expectCopyable(server: Target, donor: Target, run: Run, call: Call): Promise<void> {
  const { link, engine } = run.surroundings;
  const [own, theirs] = await Promise.all([link(server).probe(call), link(donor).probe(call)]);
  const other = engine.restores.copyable(own.version, theirs.version);
  if (other !== undefined) throw refused(server, other);
  const room = await run.surroundings.agent(server)?.data?.room(call);
  if (!room) return;
  const [needed, freed] = await Promise.all([
    link(donor).dataBytes(call),
    // Its own data goes first where the server copies by itself.
    engine.restores.clone === 'server' ? link(server).dataBytes(call) : room.spare,
  ]);
  const asked: CopyRoom = { needed, free: room.free, freed };
  const tight = roomRefusal(asked);
  if (tight !== undefined) throw refused(server, tight);
}
