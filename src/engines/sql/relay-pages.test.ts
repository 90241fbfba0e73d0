import { describe, expect, it } from 'vitest';
import { answerSize, beginning } from './event-pages.ts';
import { afterAnswer, type RelayReading } from './relay-pages.ts';
import type { Row } from './rows.ts';

const start: RelayReading = { page: beginning('relay.000001'), startsAnywhere: true };
const events = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, at) => ({ Pos: String(4 + at * 10) }));
const full = ({ page }: RelayReading): readonly Row[] => events(answerSize(page));

describe('the events of a relay log', () => {
  it('are gone on with from the last one that was shown', () => {
    const { page } = afterAnswer(start, full(start));
    expect(page).toEqual({ file: 'relay.000001', offset: 19_994, skip: 1 });
  });

  it('are read from the start of a file that cannot be started in its middle, past what is known', () => {
    const refused = afterAnswer(afterAnswer(start, full(start)), 'not from there');
    expect(refused.page).toEqual(beginning('relay.000001'));
    const on = afterAnswer(refused, full(refused));
    expect(on.page).toEqual({ file: 'relay.000001', offset: 4, skip: 2000 });
  });

  it('are started anywhere again in the next file: what one refuses, another may not', () => {
    const refused = afterAnswer(start, 'not from there');
    const next = afterAnswer(refused, events(3));
    expect(next).toEqual({ page: beginning('relay.000002'), startsAnywhere: true });
    expect(afterAnswer(next, full(next)).page).toEqual({ file: 'relay.000002', offset: 19_994, skip: 1 });
  });
});
