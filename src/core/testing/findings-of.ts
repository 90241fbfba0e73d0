/** What diagnosis says of a test cluster, under its policy or the one given. */
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Finding, FindingCode } from '../finding.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { ClusterBuilder } from './cluster-builder.ts';

export function findingsOf(
  builder: ClusterBuilder,
  policy: ClusterPolicy = builder.policy(),
): readonly Finding[] {
  return diagnose(builder.topology(), policy);
}

/** Those of one code only, for the test of its rule. */
export function findingsOfCode(
  code: FindingCode,
  builder: ClusterBuilder,
  policy?: ClusterPolicy,
): readonly Finding[] {
  return findingsOf(builder, policy).filter((finding) => finding.code === code);
}
