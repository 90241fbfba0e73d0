/**
 * Puts a replica's channels back as they were: their source, and which of their threads run. Waits for no source: it may
 * be dead. One whose applier has failed meanwhile is left as it is: throws `replication-broken`.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext } from '../../core/engine.ts';
import { formatAddress, sameAddress } from '../../core/identity.ts';
import type { ReplicationChannel, Version } from '../../core/observation.ts';
import type { ChannelState } from '../../core/plan.ts';
import { applierFailure } from './applier-failure.ts';
import type { Dialect } from './dialect.ts';
import type { Sessions } from './sessions.ts';
import { stopApplying } from './unfinished-transactions.ts';

export interface RestoreParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly context: EngineContext;
}

export async function restoreReplication(
  parts: RestoreParts,
  states: readonly ChannelState[],
  call: Call,
): Promise<void> {
  for (const state of states) {
    const name = state.settings.channel ?? '';
    const now = await channelNow(parts, name, call);
    expectNoFailedApplier(parts, state, now);
    if (!now || !sameAddress(now.source, state.source)) await redirect(parts, state, now, call);
    await restoreThreads(parts, state, await channelNow(parts, name, call), call);
  }
}

/** Its error is all that keeps it from being chosen again, and to be redirected or started would wipe it out. */
function expectNoFailedApplier(
  { dialect, sessions }: RestoreParts,
  { applier }: ChannelState,
  now: ReplicationChannel | undefined,
): void {
  const error = now && applierFailure(dialect, now);
  if (applier === 'stopped' || !error) return;
  const { code, message } = error;
  throw new Fault(
    'replication-broken',
    `${formatAddress(sessions.address)}: its applier failed and is left where it stopped, under ${formatAddress(now.source)}: ${code} ${message}`,
  );
}

async function channelNow(
  { dialect, sessions }: RestoreParts,
  name: string,
  call: Call,
): Promise<ReplicationChannel | undefined> {
  const version = await sessions.version(call);
  const [rows = []] = await sessions.query('work', 'read replication', dialect.channels(version), call);
  return dialect.readChannels(rows).find((channel) => channel.name === name);
}

async function redirect(
  parts: RestoreParts,
  { source, settings }: ChannelState,
  now: ReplicationChannel | undefined,
  call: Call,
): Promise<void> {
  const { dialect, sessions, context } = parts;
  const version = await sessions.version(call);
  const channel = settings.channel ?? '';
  if (now) {
    const sql = dialect.stopReplication(version, channel);
    await stopApplying({ dialect, sessions, clock: context.clock }, { channel, what: 'stop', sql }, call);
  }
  const account = context.replication ?? context.admin;
  const change = dialect.changeSource({ source, settings, account }, version);
  await sessions.query('work', 'put the source back', change, call);
}

async function restoreThreads(
  parts: RestoreParts,
  state: ChannelState,
  now: ReplicationChannel | undefined,
  call: Call,
): Promise<void> {
  const { dialect, sessions, context } = parts;
  const version = await sessions.version(call);
  const channel = state.settings.channel ?? '';
  const starts = startStatements(dialect, version, state, now);
  if (starts.length > 0) await sessions.query('work', 'start replication', starts.join('; '), call);
  if (state.receiver === 'stopped' && now?.receiver !== 'stopped') {
    await sessions.query('work', 'stop receiving', dialect.stopReceiver(version, channel), call);
  }
  // Last: a start with both threads stopped throws away what was received (see `startsAfresh`).
  if (state.applier === 'stopped' && now?.applier === 'running') {
    const sql = dialect.stopApplier(version, channel);
    const stop = { channel, what: 'stop applying', sql };
    await stopApplying({ dialect, sessions, clock: context.clock }, stop, call);
    // Where a stop has to look for unfinished transactions, it stops the receiver, too.
    if (state.receiver === 'running' && !dialect.startsAfresh) {
      await sessions.query('work', 'start receiving', dialect.startReceiver(version, channel), call);
    }
  }
}

function startStatements(
  dialect: Dialect,
  version: Version,
  { settings, receiver, applier }: ChannelState,
  now: ReplicationChannel | undefined,
): readonly string[] {
  const channel = settings.channel ?? '';
  const applies = applier === 'running' && now?.applier !== 'running';
  const receives = receiver === 'running' && now?.receiver === 'stopped';
  if (applies && receives) return [dialect.startReplication(version, channel)];
  return [
    ...(receives ? [dialect.startReceiver(version, channel)] : []),
    ...(applies ? [dialect.startApplier(version, channel)] : []),
  ];
}
