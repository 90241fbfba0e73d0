/** An applier that stopped by an error of its own, and not because its session was ended. */
import type { ReplicationChannel, ReplicationError } from '../../core/observation.ts';
import type { Dialect } from './dialect.ts';

export function applierFailure(
  { endedApplier }: Pick<Dialect, 'endedApplier'>,
  { applier, applierError }: ReplicationChannel,
): ReplicationError | undefined {
  if (applier !== 'stopped' || !applierError || endedApplier.has(applierError.code)) return undefined;
  return applierError;
}
