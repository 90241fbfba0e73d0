/** The tables at the end of docs/reference/findings.md: what is handled first, and Orchestrator's analyses. */
import { notDiagnosed, orchestratorFixtures } from '../../src/core/diagnosis/orchestrator-fixtures.ts';
import { type Precedence, precedences } from '../../src/core/diagnosis/precedence.ts';
import { code, codes, table } from './markdown.ts';

const places: Readonly<Record<Precedence['where'], string>> = {
  cluster: 'in the same cluster',
  'same server': 'on the same server',
  above: 'on a server below',
  replica: 'on its source',
};

/** The table of precedences. */
export function precedenceSection(): string {
  const rows = precedences.map(({ first, next, where, because }) => [
    codes(first),
    next === 'all others' ? next : codes(next),
    places[where],
    because,
  ]);
  const head =
    '## What is handled first\n\nA finding names in `after` those that are present and come before it.';
  return `${head}\n\n${table(['first', 'then', 'where', 'because'], rows)}`;
}

const ORCHESTRATOR = `
## The analyses of Orchestrator

Each analysis code and structure warning of Orchestrator 3.2.6, when it is given, and what Dauphin says of the same
servers. Orchestrator shows one analysis a server, the first that fits; Dauphin shows all. Its \`ReasonableReplicationLagSeconds\`
is \`lagFinding\` here. Each row is a fixture in \`src/core/diagnosis/orchestrator-fixtures.ts\`, and tested.
`.trim();

/** The table of fixtures, and what is missing from it. */
export function orchestratorSection(): string {
  const rows = orchestratorFixtures.map((row) => [
    code(row.name),
    row.when,
    `[\`${row.code}\`](#${row.code})`,
    row.severity,
    row.blocks.join(', ') || 'nothing',
  ]);
  const not = Object.entries(notDiagnosed).map(([name, why]) => `- ${code(name)}: ${why}`);
  return [
    ORCHESTRATOR,
    table(['Orchestrator', 'when', 'Dauphin', 'severity', 'blocks'], rows),
    'Not diagnosed:',
    not.join('\n'),
  ].join('\n\n');
}
