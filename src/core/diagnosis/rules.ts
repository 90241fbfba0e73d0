/** The table of diagnosis: every code but those of the routes, which are looked at elsewhere. */
import { agentSilent } from './agent-silent.ts';
import { deadCoPrimary } from './dead-co-primary.ts';
import { deadIntermediateSource } from './dead-intermediate-source.ts';
import { deadPrimary } from './dead-primary.ts';
import { diskStuck } from './disk-stuck.ts';
import { duplicateServerId } from './duplicate-server-id.ts';
import { errantTransactions } from './errant-transactions.ts';
import { filtersDiffer } from './filters-differ.ts';
import { formerPrimary } from './former-primary.ts';
import { gtidModesDiffer } from './gtid-modes-differ.ts';
import { gtidOff } from './gtid-off.ts';
import { intermediateSourceUnreachable } from './intermediate-source-unreachable.ts';
import { logFormatsDiffer } from './log-formats-differ.ts';
import { longTransaction } from './long-transaction.ts';
import { noPrimary } from './no-primary.ts';
import { noReplicaReplicates } from './no-replica-replicates.ts';
import { primaryFlapping } from './primary-flapping.ts';
import { primaryReadOnly } from './primary-read-only.ts';
import { primaryUnreachable } from './primary-unreachable.ts';
import { replicaBroken } from './replica-broken.ts';
import { replicaCannotConnect } from './replica-cannot-connect.ts';
import { replicaLagging } from './replica-lagging.ts';
import { replicaStopped } from './replica-stopped.ts';
import { replicaVersionsDiffer } from './replica-versions-differ.ts';
import { replicaWithoutLog } from './replica-without-log.ts';
import { replicaWritable } from './replica-writable.ts';
import type { Rule } from './rule.ts';
import { semiSyncInactive } from './semi-sync-inactive.ts';
import { semiSyncLocked } from './semi-sync-locked.ts';
import { semiSyncShort } from './semi-sync-short.ts';
import { semiSyncSurplus } from './semi-sync-surplus.ts';
import { serverUnreachable } from './server-unreachable.ts';
import { severalWritable } from './several-writable.ts';
import { startsWritable } from './starts-writable.ts';
import { versionOlderThanSource } from './version-older-than-source.ts';

export const rules: readonly Rule[] = [
  noPrimary,
  severalWritable,
  deadPrimary,
  deadCoPrimary,
  primaryUnreachable,
  primaryReadOnly,
  diskStuck,
  primaryFlapping,
  noReplicaReplicates,
  semiSyncLocked,
  semiSyncShort,
  semiSyncInactive,
  semiSyncSurplus,
  deadIntermediateSource,
  intermediateSourceUnreachable,
  serverUnreachable,
  formerPrimary,
  replicaBroken,
  replicaCannotConnect,
  replicaStopped,
  replicaLagging,
  replicaWritable,
  errantTransactions,
  duplicateServerId,
  filtersDiffer,
  gtidOff,
  gtidModesDiffer,
  versionOlderThanSource,
  replicaVersionsDiffer,
  logFormatsDiffer,
  replicaWithoutLog,
  longTransaction,
  startsWritable,
  agentSilent,
];
