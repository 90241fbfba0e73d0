/** The keys under a prefix as the half-open interval [prefix, end), so that an index finds them. */
const lastCodePoint = 0x10ffff;

/** Sorts after every text: SQLite orders blobs after text, https://sqlite.org/datatype3.html#sort_order. */
const afterAllText: Uint8Array = new Uint8Array(0);

/** The least value above every text that starts with `prefix`, in the order SQLite keeps text in (UTF-8 bytes). */
export function prefixEnd(prefix: string): string | Uint8Array {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === lastCodePoint) points.pop();
  const last = points.pop();
  if (last === undefined) return afterAllText;
  // The surrogates lie between; they are no characters and have no UTF-8 form.
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return String.fromCodePoint(...points, next);
}
