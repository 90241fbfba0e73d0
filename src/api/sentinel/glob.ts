/** Redis's glob patterns (`stringmatchlen` in util.c): `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a literal. */

interface Match {
  readonly matches: boolean;
  /** Where the pattern goes on. */
  readonly next: number;
}

/**
 * Goes back to the last star only: that is enough, because a star takes what an earlier one could have taken. So its
 * time grows with the product of both lengths and not, as with one call a star, without bounds.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star: { readonly pattern: number; text: number } | undefined;
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = { pattern: at + 1, text: place };
      at += 1;
      continue;
    }
    const one = at < pattern.length ? matchOne(pattern, at, text[place] ?? '') : undefined;
    if (one?.matches === true) {
      at = one.next;
      place += 1;
    } else if (star === undefined) {
      return false;
    } else {
      star.text += 1;
      at = star.pattern;
      place = star.text;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

function matchOne(pattern: string, at: number, mark: string): Match {
  const sign = pattern[at];
  if (sign === '?') return { matches: true, next: at + 1 };
  if (sign === '[') return matchClass(pattern, at + 1, mark);
  const literal = sign === '\\' && at + 1 < pattern.length ? at + 1 : at;
  return { matches: pattern[literal] === mark, next: literal + 1 };
}

/** As Redis does: an unclosed class ends with the pattern, and `z-a` is `a-z`. */
function matchClass(pattern: string, from: number, mark: string): Match {
  const negated = pattern[from] === '^';
  let at = negated ? from + 1 : from;
  let found = false;
  while (at < pattern.length && pattern[at] !== ']') {
    const low = pattern[at] ?? '';
    if (low === '\\' && at + 1 < pattern.length) {
      found ||= pattern[at + 1] === mark;
      at += 2;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      found ||= between(mark, low, pattern[at + 2] ?? '');
      at += 3;
    } else {
      found ||= low === mark;
      at += 1;
    }
  }
  return { matches: found !== negated, next: Math.min(at + 1, pattern.length) };
}

const between = (mark: string, a: string, b: string): boolean =>
  a <= b ? a <= mark && mark <= b : b <= mark && mark <= a;
