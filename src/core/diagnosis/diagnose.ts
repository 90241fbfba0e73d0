/** Looks for all that is wrong with a cluster. Pure: the same topology and policy give the same findings. */
import { compareNames } from '../compare-names.ts';
import type { Finding } from '../finding.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { Severity } from '../severity.ts';
import type { Topology } from '../topology.ts';
import { orderFindings } from './order-findings.ts';
import type { Match, Rule } from './rule.ts';
import { rules } from './rules.ts';

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, notice: 2 };

/** The worst first; then by code, then by server, what is about the whole cluster before its servers. */
export function diagnose(topology: Topology, policy: ClusterPolicy): readonly Finding[] {
  const findings = rules
    .flatMap((rule) => rule.find(topology, policy).map((match) => finding(rule, match, topology)))
    .sort(compareFindings);
  return orderFindings(findings, topology);
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    rank[a.severity] - rank[b.severity] ||
    compareNames(a.code, b.code) ||
    compareNames(a.serverName ?? '', b.serverName ?? '')
  );
}

function finding(rule: Rule, match: Match, topology: Topology): Finding {
  const { server, orchestrator } = match;
  return {
    code: rule.code,
    ...(orchestrator === undefined ? {} : { orchestrator }),
    severity: match.severity ?? rule.severity,
    cluster: topology.cluster,
    ...(server === undefined ? {} : { server: server.id, serverName: server.name }),
    summary: match.summary,
    evidence: match.evidence,
    blocks: match.blocks ?? rule.blocks,
    downtimed: match.downtimed ?? match.server.downtimed,
  };
}
