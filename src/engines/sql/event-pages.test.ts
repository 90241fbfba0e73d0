import { describe, expect, it } from 'vitest';
import { afterFull, answerSize, beginning, type EventPage } from './event-pages.ts';
import type { Row } from './rows.ts';

const rows = (...places: readonly number[]): readonly Row[] =>
  places.map((place) => ({ Pos: String(place) }));
const file = 'relay.000001';

/** What a server shows: the first of the file's events at a place that are really there, and all after them. */
function shown(places: readonly number[], { offset, skip }: EventPage, limit: number): readonly Row[] {
  // Of those with one place only the last begins there: the others are what a compressed transaction holds.
  const from = offset === 4 ? 0 : places.lastIndexOf(offset);
  return rows(...places.slice(from + skip, from + skip + limit));
}

describe('after a full answer', () => {
  it('the next goes on past its last event', () => {
    const page = afterFull(beginning(file), rows(4, 100, 200, 300));
    expect(page).toEqual({ file, offset: 200, skip: 2 });
  });

  it('of what one compressed transaction holds, it goes on from the same place', () => {
    const page = { file, offset: 100, skip: 3 };
    expect(afterFull(page, rows(900, 900, 900))).toEqual({ file, offset: 100, skip: 6 });
  });

  it('within a compressed transaction it goes on from the event that holds it', () => {
    expect(afterFull(beginning(file), rows(4, 100, 900, 900))).toEqual({ file, offset: 100, skip: 3 });
  });

  it.each([2, 3, 4, 5, 7])('each event is shown once, in answers of %i', (limit) => {
    const places = [4, 100, 150, 900, 900, 900, 900, 900, 900, 950, 990, 990, 990, 1010, 1500, 1500];
    const all: Row[] = [];
    let page = beginning(file);
    for (let asked = 0; asked <= places.length; asked += 1) {
      const answer = shown(places, page, limit);
      all.push(...answer);
      if (answer.length < limit) break;
      page = afterFull(page, answer);
    }
    expect(all).toEqual(rows(...places));
  });
});

describe('an answer', () => {
  it('grows with what the server has to read before it, up to a limit', () => {
    const sizes = [0, 1, 4000, 1_000_000].map((skip) => answerSize({ file, offset: 4, skip }));
    expect(sizes).toEqual([2000, 2000, 4000, 16_000]);
  });
});
