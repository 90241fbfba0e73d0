/** One cluster as the configuration describes it, with what is needed to reach its servers. */
import type { Credentials } from '../core/engine.ts';
import type { ClusterPolicy } from '../core/policy.ts';

export interface ClusterSetup {
  readonly policy: ClusterPolicy;
  readonly admin: Credentials;
  readonly replication?: Credentials;
}
