/**
 * A cluster as a tree in plain text, for terminals and logs: who is primary, who follows whom and how far
 * behind, and under each server what is wrong with it. Draws what it is given, also what came back from JSON.
 */
import { type Branch, branches } from './drawing/branches.ts';
import { alignColumns, type Column } from './drawing/columns.ts';
import { findingLines } from './drawing/finding-lines.ts';
import { headline, versionsOf } from './drawing/headline.ts';
import { joinNotes, noteLines } from './drawing/note-lines.ts';
import { notes } from './drawing/notes.ts';
import { type ServerCells, serverCells } from './drawing/server-cells.ts';
import { paint, type Span, span, textWidth, widthOf } from './drawing/span.ts';
import type { Finding } from './finding.ts';
import type { Topology } from './topology.ts';

export interface DrawOptions {
  readonly colour: boolean;
  /** Columns of the terminal: longer sentences go on beneath. Without it no line is broken. */
  readonly width?: number;
}

type Line = readonly Span[];

const columns: readonly (readonly [keyof ServerCells, Column['align']])[] = [
  ['name', 'left'],
  ['address', 'left'],
  ['role', 'left'],
  ['mode', 'left'],
  ['version', 'left'],
  ['lag', 'right'],
  ['gap', 'left'],
];

/** Lines without one at the end. */
export function drawTopology(topology: Topology, findings: readonly Finding[], options: DrawOptions): string {
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const drawn = branches(topology);
  const rows = serverRows(topology, drawn, findings);
  const ids = new Set(topology.nodes.map((node) => node.id));
  const ofCluster = findings.filter(({ server }) => server === undefined || !ids.has(server));
  const lines: readonly Line[] = [
    headline(topology, findings),
    ...ofCluster.flatMap((finding) => findingLines(finding, '', width)),
    [],
    ...drawn.flatMap((branch, index) => [
      ...withNotes(rows[index] ?? [], notes(branch.node, topology), branch.beneath, width),
      ...about(branch, findings).flatMap((finding) => findingLines(finding, branch.beneath, width)),
    ]),
  ];
  return lines
    .map((line) => paint(line, options.colour))
    .join('\n')
    .trimEnd();
}

function about({ node }: Branch, findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.server === node.id);
}

function serverRows(
  topology: Topology,
  drawn: readonly Branch[],
  findings: readonly Finding[],
): readonly Line[] {
  const isMixed = versionsOf(topology).length > 1;
  const cells = drawn.map((branch) => serverCells(branch, about(branch, findings), isMixed));
  return alignColumns(columns.map(([key, align]) => ({ align, cells: cells.map((row) => row[key]) })));
}

/** Notes follow the row; where they do not fit they go beneath it, so that nothing is cut off. */
function withNotes(row: Line, pieces: Line, beneath: string, width: number): readonly Line[] {
  const beside = [...row, span('  '), ...joinNotes(pieces)];
  if (pieces.length === 0 || widthOf(beside) <= width) return [beside];
  const lines = noteLines(pieces, width - textWidth(beneath));
  return [row, ...lines.map((line) => [span(beneath, 'dim'), ...line])];
}
