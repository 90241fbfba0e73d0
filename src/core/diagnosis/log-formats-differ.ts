import type { Observation } from '../observation.ts';
import type { Topology } from '../topology.ts';
import { listing } from '../wording.ts';
import type { Match, Rule } from './rule.ts';
import { everSeen, type SeenNode } from './seen.ts';
import { loggingReplicas } from './siblings.ts';

type Format = NonNullable<Observation['log']['format']>;

/** Orchestrator warns of each pair by itself. */
const pairs: readonly (readonly [Format, Format, name: string])[] = [
  ['STATEMENT', 'MIXED', 'StatementAndMixedLoggingReplicasStructureWarning'],
  ['STATEMENT', 'ROW', 'StatementAndRowLoggingReplicasStructureWarning'],
  ['MIXED', 'ROW', 'MixedAndRowLoggingReplicasStructureWarning'],
];

export const logFormatsDiffer: Rule = {
  code: 'log-formats-differ',
  orchestrator: pairs.map(([, , name]) => name),
  severity: 'notice',
  blocks: [],
  because:
    'Which of these replicas becomes primary decides how its changes are logged; a replica that logs by statement or mixed cannot follow one that logs rows, and data may drift apart.',
  find: (topology) =>
    everSeen(topology)
      .filter((node) => node.role === 'primary')
      .flatMap((node) => matches(node, topology)),
};

function matches(primary: SeenNode, topology: Topology): readonly Match[] {
  const logging = loggingReplicas(primary, topology);
  const namesOf = (format: Format): readonly string[] =>
    logging.filter(({ seen }) => seen.log.format === format).map(({ name }) => name);
  return pairs.flatMap(([a, b, orchestrator]) => {
    const [those, others] = [namesOf(a), namesOf(b)];
    if (those.length === 0 || others.length === 0) return [];
    return [
      {
        server: primary,
        orchestrator,
        summary: `of the replicas of ${primary.name}, ${listing(those)} would log ${a}, and ${listing(others)} ${b}`,
        evidence: { [a]: those.join(', '), [b]: others.join(', ') },
      },
    ];
  });
}
