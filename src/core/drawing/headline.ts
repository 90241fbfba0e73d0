/** The cluster in one line: `orders · MariaDB 10.11.19 · 4 servers · 1 warning`. */
import type { Finding } from '../finding.ts';
import type { EngineKind, Version } from '../observation.ts';
import type { Severity } from '../severity.ts';
import type { Topology } from '../topology.ts';
import { counted } from '../wording.ts';
import { severityStyles } from './finding-lines.ts';
import { type Span, span } from './span.ts';

const titles: Readonly<Record<EngineKind, string>> = {
  mariadb: 'MariaDB',
  mysql: 'MySQL',
  redis: 'Redis',
  'redis-cluster': 'Redis Cluster',
};

export function headline(topology: Topology, findings: readonly Finding[]): readonly Span[] {
  const parts: readonly Span[] = [
    span(topology.cluster, 'bold'),
    span(`${titles[topology.engine]} ${versions(topology)}`.trim()),
    span(counted(topology.nodes.length, 'server')),
    ...tally(findings),
  ];
  return parts.flatMap((part, index) => (index === 0 ? [part] : [span(' · ', 'dim'), part]));
}

/** Those of the servers, each once, the oldest first. */
export function versionsOf(topology: Topology): readonly string[] {
  const seen = topology.nodes.map((node) => node.seen?.version).filter((version) => version !== undefined);
  return [...new Set(seen.sort(compareVersions).map(numbers))];
}

function versions(topology: Topology): string {
  const texts = versionsOf(topology);
  return texts.length < 2 ? (texts[0] ?? '') : `${texts[0]}–${texts.at(-1)}`;
}

/** Without the maker's additions (`-MariaDB-log`), which the title says already. */
export function numbers({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}

function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

function tally(findings: readonly Finding[]): readonly Span[] {
  if (findings.length === 0) return [span('no findings', 'green')];
  const calling = findings.filter((finding) => !finding.downtimed);
  const counts = (['critical', 'warning', 'notice'] as const).flatMap((severity) => {
    const count = calling.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [span(severityCount(severity, count), severityStyles[severity])];
  });
  const silenced = findings.length - calling.length;
  return silenced === 0 ? counts : [...counts, span(`${silenced} in downtime`, 'dim')];
}

function severityCount(severity: Severity, count: number): string {
  return severity === 'critical' ? `${count} critical` : counted(count, severity);
}
