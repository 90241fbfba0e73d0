/**
 * What is wrong with a Redis Cluster, beyond what is wrong with its servers one by one. Pure, and a table as in
 * `diagnosis/`; its rows are in the files beside this one.
 */
import type { Severity } from '../severity.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { ClusterFinding, ClusterRule, FindingContext } from './cluster-rule.ts';
import { coverageRules } from './coverage-rules.ts';
import { membershipRules } from './membership-rules.ts';
import { placementRules } from './placement-rules.ts';

export const clusterRules: readonly ClusterRule[] = [...coverageRules, ...membershipRules, ...placementRules];

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, notice: 2 };

/** The worst first, else in the order of the table. */
export function findInCluster(picture: ClusterPicture, context: FindingContext): readonly ClusterFinding[] {
  return clusterRules
    .flatMap((rule) =>
      rule.find(picture, context).map(
        (match): ClusterFinding => ({
          code: rule.code,
          severity: rule.severity,
          remedy: rule.remedy,
          blocks: rule.blocks,
          ...match,
        }),
      ),
    )
    .sort((a, b) => rank[a.severity] - rank[b.severity]);
}
