/** Draws what a program wrote on a terminal as an SVG: text as it was captured, with its colours. */

const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 18;

interface Style {
  readonly bold: boolean;
  readonly faint: boolean;
  readonly colour: string | undefined;
}

const plain: Style = { bold: false, faint: false, colour: undefined };

/** SGR parameters: https://man7.org/linux/man-pages/man4/console_codes.4.html */
const changes: Readonly<Record<string, Partial<Style>>> = {
  '0': plain,
  '1': { bold: true },
  '2': { faint: true },
  '22': { bold: false, faint: false },
  '31': { colour: '#ff7b72' },
  '32': { colour: '#7ee787' },
  '33': { colour: '#f2cc60' },
  '36': { colour: '#79c0ff' },
  '39': { colour: undefined },
};

const ESCAPE = '\u001b[';
const sequence = new RegExp(`(${ESCAPE.replace('[', '\\[')}[\\d;]*m)`);

interface Piece {
  readonly text: string;
  readonly column: number;
  readonly style: Style;
}

/** `capture`: lines with SGR sequences and no other control characters. */
export function terminalPicture(capture: string): string {
  const lines = capture.trimEnd().split('\n').map(piecesOf);
  const columns = Math.max(...lines.flatMap((line) => line.map(({ text, column }) => column + text.length)));
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * LINE_HEIGHT + 2 * MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="a terminal">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">`,
    ...lines.flatMap((line, index) => line.map((piece) => textElement(piece, index))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Cut at every gap of two spaces or more, which an SVG would make one. */
function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let style = plain;
  let column = 0;
  for (const part of line.split(sequence)) {
    if (part.startsWith(ESCAPE)) {
      for (const parameter of part.slice(2, -1).split(';'))
        style = { ...style, ...changes[parameter || '0'] };
      continue;
    }
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      pieces.push({ text, column: column + index, style });
    }
    column += part.length;
  }
  return pieces;
}

/** `textLength` keeps columns under each other whatever the font's own width is. */
function textElement({ text, column, style }: Piece, line: number): string {
  const x = (MARGIN + column * CHARACTER_WIDTH).toFixed(1);
  const y = (MARGIN + (line + 0.75) * LINE_HEIGHT).toFixed(1);
  const attributes = [
    `x="${x}" y="${y}" textLength="${(text.length * CHARACTER_WIDTH).toFixed(1)}"`,
    ...(style.colour === undefined ? [] : [`fill="${style.colour}"`]),
    ...(style.bold ? ['font-weight="bold"'] : []),
    ...(style.faint ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
