/** The questions put to witnesses, each bounded. What they answer is put into words by the core. */
import { asFault } from '../../contract/errors.ts';
import { agentSays, type Said } from '../../core/detection/testify.ts';
import type { HostAgent } from '../../core/host.ts';
import type { Observation, ProbeFailure, ReplicationChannel } from '../../core/observation.ts';
import type { Member } from '../observation/member.ts';

/** For one question to an agent. Nobody waits longer for a replica either; the look at it goes on. */
export const questionMs = 500;

/** Whoever denies the account or has no connection to spare is alive. */
const statements: Readonly<Record<ProbeFailure['code'], Said['says']>> = {
  refused: 'gone',
  // Of a host that has no name or no way to it nothing is known.
  unreachable: 'silent',
  reset: 'silent',
  'timed-out': 'silent',
  'access-denied': 'serves',
  'too-many-connections': 'serves',
  // The server's own word.
  failed: 'serves',
};

/**
 * How a member is looked at. A look shares its connection with all others at that server, and one that is cut off
 * takes it from them: so it goes on to its end when nobody waits for it any more.
 */
export interface Looking {
  /** Ends the waiting. */
  readonly stop: AbortSignal;
  /** Ends the look. */
  readonly lifetime: AbortSignal;
}

/** False when the waiting was ended before there was an answer. */
async function look(member: Member, { stop, lifetime }: Looking, deadlineMs: number): Promise<boolean> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const onStop = (): void => resolve();
  if (stop.aborted) return false;
  stop.addEventListener('abort', onStop, { once: true });
  await Promise.race([member.look({ signal: lifetime, deadlineMs }), stopped]);
  stop.removeEventListener('abort', onStop);
  return !stop.aborted && !lifetime.aborted;
}

/** This controller's own look; undefined when the waiting was ended first. */
export async function askServer(
  server: Member,
  looking: Looking,
  deadlineMs: number,
): Promise<Said | undefined> {
  if (!(await look(server, looking, deadlineMs))) return undefined;
  const { failure } = server;
  if (!failure) return { says: 'serves', fact: 'it answers' };
  return { says: statements[failure.code], fact: failure.message };
}

export type ReceiverLook =
  | { readonly ok: true; readonly channel: ReplicationChannel | undefined }
  | { readonly ok: false; readonly said: Said };

/**
 * A look that is kept: the plan that may follow is made of it. So it takes as long as any look may: one that is cut off
 * early would keep a slow replica, and what only that has received, out of the plan.
 */
export async function lookAtReceiver(
  replica: Member,
  primary: Member,
  looking: Looking,
  deadlineMs: number,
): Promise<ReceiverLook | undefined> {
  if (!(await look(replica, looking, deadlineMs))) return undefined;
  const { seen, failure } = replica;
  if (!seen || failure) {
    return { ok: false, said: { says: 'cannot-tell', fact: failure?.message ?? 'it was never seen' } };
  }
  return { ok: true, channel: channelFrom(primary, seen) };
}

/** A look older than this does not tell when a receiver lost its source. */
const newsMs = 5000;

/** One of the last looks at the replica saw its receiver run. */
export function ranLately(replica: Member, primary: Member, now: number): boolean {
  return [replica.seen, replica.previous].some(
    (seen) =>
      seen !== undefined &&
      now - seen.observedAt < newsMs &&
      channelFrom(primary, seen)?.receiver === 'running',
  );
}

const channelFrom = (primary: Member, seen: Observation): ReplicationChannel | undefined =>
  seen.channels.find(({ source }) => primary.answersTo(source));

export async function askAgent(agent: HostAgent, signal: AbortSignal): Promise<Said | undefined> {
  try {
    return agentSays(await agent.state({ signal, deadlineMs: questionMs }));
  } catch (thrown) {
    return signal.aborted ? undefined : { says: 'cannot-tell', fact: asFault(thrown).message };
  }
}
