/** The shape of a diagnosis rule: a row of the table that is also printed in the documentation. */
import type { Finding, FindingCode } from '../finding.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { Severity } from '../severity.ts';
import type { Node, Topology } from '../topology.ts';

export type Blocked = Finding['blocks'][number];

export interface Rule {
  readonly code: FindingCode;
  /** Orchestrator's names for it; each match says which of them is meant, if any is. */
  readonly orchestrator?: readonly string[];
  /** `critical`: writes fail or may be lost now. `warning`: to be mended. `notice`: limits what can be done. */
  readonly severity: Severity;
  readonly blocks: readonly Blocked[];
  /** Why it matters, for whoever is woken by it: a sentence for the documentation. */
  readonly because: string;
  readonly find: (topology: Topology, policy: ClusterPolicy) => readonly Match[];
}

/**
 * One case of a rule: of one server, which brings its own downtime unless the rule says otherwise, or of the cluster
 * as a whole, which is in downtime when the rule says so.
 */
export type Match = Case &
  (
    | { readonly server: Node; readonly downtimed?: boolean }
    | { readonly server?: never; readonly downtimed: boolean }
  );

/** Where `severity` or `blocks` is given, this case differs from the rule. */
interface Case {
  readonly summary: string;
  readonly evidence: Finding['evidence'];
  /** Only where Orchestrator, looking at the same servers, would say the same. */
  readonly orchestrator?: string;
  readonly severity?: Severity;
  readonly blocks?: readonly Blocked[];
}
