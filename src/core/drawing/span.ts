/** Pieces of a line: text with a style apart from it, so that width is counted before colour is put on. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

const codes: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  cyan: '36',
};

/** Text from servers and people is shown, never obeyed: control characters become spaces. */
export function span(text: string, style?: Style): Span {
  const shown = text.replace(/\p{Cc}+/gu, ' ');
  return style === undefined ? { text: shown } : { text: shown, style };
}

const segmenter = new Intl.Segmenter('en');

/** In characters as a reader counts them; a wide one (CJK) still counts once. */
export function textWidth(text: string): number {
  return Array.from(segmenter.segment(text)).length;
}

export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** One line; spaces at its end are left away. */
export function paint(spans: readonly Span[], colour: boolean): string {
  const end = spans.findLastIndex(({ text }) => text.trim() !== '');
  const kept = spans
    .slice(0, end + 1)
    .map((piece, index) => (index === end ? { ...piece, text: piece.text.trimEnd() } : piece));
  return kept
    .map(({ text, style }) =>
      colour && style !== undefined && text !== '' ? `\u001b[${codes[style]}m${text}\u001b[0m` : text,
    )
    .join('');
}
