/** Notes side by side as far as they fit; a line breaks between two of them where it can, within one where it must. */
import { type Span, span, widthOf } from './span.ts';
import { wrap } from './wrap.ts';

export function joinNotes(notes: readonly Span[]): readonly Span[] {
  return notes.flatMap((note, index) => (index === 0 ? [note] : [span(' · ', 'dim'), note]));
}

export function noteLines(notes: readonly Span[], width: number): readonly (readonly Span[])[] {
  const lines: Span[][] = [];
  for (const note of notes) {
    const line = lines.at(-1);
    if (line !== undefined && widthOf(joinNotes([...line, note])) <= width) line.push(note);
    else lines.push(...wrap(note.text, width).map((text) => [span(text, note.style)]));
  }
  return lines.map(joinNotes);
}
