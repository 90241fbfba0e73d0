/** Which part of a relay log comes next, file after file. */
import { answerSize, beginning, type EventPage, firstEvent, following, offsetOf } from './event-pages.ts';
import type { Row } from './rows.ts';

export interface RelayReading {
  readonly page: EventPage;
  /** Whether an answer may begin at any event of the file; if not, it is read from its start, past what is known. */
  readonly startsAnywhere: boolean;
}

/** Of one file it says nothing for the next, which may have been begun after the source changed its checksums. */
export function afterAnswer(
  { page, startsAnywhere }: RelayReading,
  answer: readonly Row[] | 'not from there',
): RelayReading {
  if (answer === 'not from there') {
    return { page: { ...page, offset: firstEvent, skip: 0 }, startsAnywhere: false };
  }
  if (answer.length < answerSize(page)) {
    return { page: beginning(following(page.file)), startsAnywhere: true };
  }
  // Where an event ends is not told: from the last one on, but it.
  const next = startsAnywhere
    ? { ...page, offset: offsetOf(answer.at(-1)), skip: 1 }
    : { ...page, skip: page.skip + answer.length };
  return { page: next, startsAnywhere };
}
