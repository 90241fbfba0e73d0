import { describe, expect, it } from 'vitest';
import { systemClock } from '../system-clock.ts';
import { Abandonment } from './abandonment.ts';

const ada = { by: 'ada', reason: 'its host burnt', candidateDown: false };

describe('a person’s word', () => {
  const { signal } = new AbortController();

  it('is refused, and not kept, while nothing waits without end', async () => {
    const abandonment = new Abandonment();
    expect(() => abandonment.give(ada)).toThrow('it does not wait without end');
    abandonment.waits();
    await abandonment.pause(systemClock, 1, signal);
    expect(abandonment.word).toBeUndefined();
  });

  it('ends the wait', async () => {
    const abandonment = new Abandonment();
    abandonment.waits();
    abandonment.give(ada);
    await expect(abandonment.pause(systemClock, 60_000, signal)).rejects.toMatchObject({ code: 'abandoned' });
    expect(abandonment.word).toEqual(ada);
  });

  it('is not swallowed as a second one while the first is being heeded', () => {
    const abandonment = new Abandonment();
    abandonment.waits();
    abandonment.give(ada);
    expect(() => abandonment.give({ ...ada, by: 'bob', candidateDown: true })).toThrow('ada has given it up');
    expect(abandonment.word).toEqual(ada);
  });

  it('that came as the server answered ends no later wait', async () => {
    const abandonment = new Abandonment();
    abandonment.waits();
    abandonment.give(ada);
    abandonment.knows();
    abandonment.waits();
    await abandonment.pause(systemClock, 1, signal);
    expect(abandonment.word).toBeUndefined();
  });
});
