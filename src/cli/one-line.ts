/**
 * Text from servers and people, made fit for one line of a terminal: no line breaks, and no control
 * characters with which it could move the cursor, turn the direction of reading or change what was printed.
 */
export function oneLine(text: string): string {
  return text.replace(/\s*[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+\s*/gu, ' ').trim();
}

export function truncate(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
