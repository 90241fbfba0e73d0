/** Says of each finding which others of the same cluster are to be handled first. */
import { compareNames } from '../compare-names.ts';
import type { Finding, FindingCode } from '../finding.ts';
import type { ServerId } from '../identity.ts';
import { nodeById, type Topology } from '../topology.ts';
import { type Precedence, precedences } from './precedence.ts';

export function orderFindings(findings: readonly Finding[], topology: Topology): readonly Finding[] {
  return findings.map((finding) => {
    const after = codesBefore(finding, findings, topology);
    return after.length === 0 ? finding : { ...finding, after };
  });
}

function codesBefore(
  finding: Finding,
  findings: readonly Finding[],
  topology: Topology,
): readonly FindingCode[] {
  const before = precedences
    .filter((row) => row.next === 'all others' || row.next.includes(finding.code))
    .flatMap((row) => findings.filter((other) => precedes(row, other, finding, topology)));
  return [...new Set(before.map(({ code }) => code))].sort(compareNames);
}

function precedes(row: Precedence, first: Finding, next: Finding, topology: Topology): boolean {
  if (first.code === next.code || !row.first.includes(first.code)) return false;
  if (row.where === 'cluster') return true;
  const [one, other] = [first.server, next.server];
  if (one === undefined || other === undefined) return false;
  if (row.where === 'same server') return one === other;
  return row.where === 'above'
    ? sourcesAbove(other, topology).has(one)
    : nodeById(topology, one)?.source === other;
}

/** Ends on a ring, too; there every member is above every other. */
function sourcesAbove(id: ServerId, topology: Topology): ReadonlySet<ServerId> {
  const above = new Set<ServerId>();
  let source = nodeById(topology, id)?.source;
  while (source !== undefined && !above.has(source)) {
    above.add(source);
    source = nodeById(topology, source)?.source;
  }
  return above;
}
