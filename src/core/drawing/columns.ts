/** Puts cells under each other. A column that is empty in every row takes no room. */
import { type Span, span, widthOf } from './span.ts';

export interface Column {
  readonly cells: readonly (readonly Span[])[];
  readonly align: 'left' | 'right';
}

const gutter = span('  ');

export function alignColumns(columns: readonly Column[]): readonly (readonly Span[])[] {
  const used = columns
    .map((column) => ({ ...column, width: Math.max(0, ...column.cells.map(widthOf)) }))
    .filter(({ width }) => width > 0);
  const rows = used[0]?.cells.length ?? 0;
  return Array.from({ length: rows }, (_, row) =>
    used.flatMap(({ cells, align, width }, index) => {
      const cell = cells[row] ?? [];
      const padding = span(' '.repeat(width - widthOf(cell)));
      const padded = align === 'left' ? [...cell, padding] : [padding, ...cell];
      return index === 0 ? padded : [gutter, ...padded];
    }),
  );
}
