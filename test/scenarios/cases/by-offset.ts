/** Cases of MHA's again, as MHA itself plays them: replicas follow by file and offset. GTIDs are there all the same. */
import type { Scenario } from '../scenario.ts';
import { applier } from './applier.ts';
import { bulk } from './bulk.ts';
import { received } from './received.ts';
import { recovery } from './recovery.ts';
import { tail } from './tail.ts';

const again = [
  'needsync_1',
  'needsync_flush3',
  'apply_many_logs2',
  'large_data_tran',
  'save_master_log',
  'slave_sql_start',
  'recover_slave_ok',
  'recover_slave_fail',
];

export const byOffset: readonly Scenario[] = [received, bulk, tail, applier, recovery]
  .flat()
  .filter(({ tests }) => Object.values(tests).some((name) => again.includes(name)))
  // Played under their own numbers already.
  .map(({ differs: _differs, ...scenario }) => ({ ...scenario, tests: {}, byOffset: true }));
