/** Columns under headings, as wide as their longest cell. */
import { oneLine } from './one-line.ts';
import type { Paint, Palette } from './palette.ts';

export type Cell = string | { readonly text: string; readonly paint: Paint };

const gap = '  ';

export function tableText(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  palette: Palette,
): string {
  const head: readonly Cell[] = headings.map((text) => ({ text, paint: palette.faint }));
  const lines = [head, ...rows].map((cells) => cells.map(asPainted));
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.text.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => padded(cell, widths[column] ?? 0, column === line.length - 1)))
    .map((cells) => `${cells.join(gap).trimEnd()}\n`)
    .join('');
}

function asPainted(cell: Cell): { text: string; paint: Paint } {
  const { text, paint } = typeof cell === 'string' ? { text: cell, paint: (plain: string) => plain } : cell;
  return { text: oneLine(text), paint };
}

/** Painted before padding, so that `trimEnd` of the line still finds the blanks. */
function padded({ text, paint }: { text: string; paint: Paint }, width: number, last: boolean): string {
  return paint(text) + (last ? '' : ' '.repeat(width - text.length));
}
