/** The table of diagnosis: every code but those of the routes, which are looked at elsewhere. */
import { duplicateServerId } from './duplicate-server-id.ts';
import { errantTransactions } from './errant-transactions.ts';
import { filtersDiffer } from './filters-differ.ts';
import { gtidOff } from './gtid-off.ts';
import { longTransaction } from './long-transaction.ts';
import { noPrimary } from './no-primary.ts';
import { primaryReadOnly } from './primary-read-only.ts';
import { primaryUnreachable } from './primary-unreachable.ts';
import { replicaBroken } from './replica-broken.ts';
import { replicaLagging } from './replica-lagging.ts';
import { replicaStopped } from './replica-stopped.ts';
import { replicaWithoutLog } from './replica-without-log.ts';
import { replicaWritable } from './replica-writable.ts';
import type { Rule } from './rule.ts';
import { serverUnreachable } from './server-unreachable.ts';
import { severalWritable } from './several-writable.ts';
import { versionOlderThanSource } from './version-older-than-source.ts';

export const rules: readonly Rule[] = [
  noPrimary,
  severalWritable,
  primaryUnreachable,
  primaryReadOnly,
  serverUnreachable,
  replicaBroken,
  replicaStopped,
  replicaLagging,
  replicaWritable,
  errantTransactions,
  duplicateServerId,
  filtersDiffer,
  gtidOff,
  versionOlderThanSource,
  replicaWithoutLog,
  longTransaction,
];
