/** Colours by meaning. Without colour every one of them leaves the text as it is. */
export type Paint = (text: string) => string;

export interface Palette {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly caution: Paint;
  readonly bad: Paint;
}

const plain: Paint = (text) => text;

/** `text` may hold no colour of its own: the first reset would end both. */
const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

export function createPalette(colour: boolean): Palette {
  if (!colour) return { strong: plain, faint: plain, good: plain, caution: plain, bad: plain };
  return { strong: sgr(1, 22), faint: sgr(2, 22), good: sgr(32, 39), caution: sgr(33, 39), bad: sgr(31, 39) };
}
