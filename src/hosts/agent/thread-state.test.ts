import { describe, expect, it } from 'vitest';
import { isKilled, type ProcessState, stateOf, type Thread } from './thread-state.ts';

const thread = (state: string, killed = false): Thread => ({ state, killed });

describe('a process', () => {
  it.each<[string, string, readonly Thread[], ProcessState | undefined]>([
    ['sleeps', 'S', [thread('S')], 'runs'],
    ['is stopped', 'T', [thread('T')], 'frozen'],
    ['has ended', 'Z', [thread('Z')], undefined],
    ['has a thread on its way out', 'Z', [thread('Z'), thread('R', true)], 'runs'],
    ['waits for its disk, and was not killed', 'D', [thread('D'), thread('S')], 'runs'],
    ['was killed and waits for its disk', 'Z', [thread('Z'), thread('D', true)], 'doomed'],
    ['was killed, its first thread waits for the disk', 'D', [thread('D', true)], 'doomed'],
    ['was killed, and one thread has still to see it', 'D', [thread('D', true), thread('S', true)], 'runs'],
    ['has ended but for one that waits and was not killed', 'Z', [thread('Z'), thread('D')], 'runs'],
  ])('that %s', (_what, main, threads, state) => {
    expect(stateOf(main, () => threads)).toBe(state);
  });
});

it.each([
  ['for the thread', 'SigPnd:\t0000000000000100\nShdPnd:\t0000000000000000\n', true],
  ['for the process', 'SigPnd:\t0000000000000000\nShdPnd:\t0000000000000100\n', true],
  ['beside another', 'SigPnd:\t0000000000004100\nShdPnd:\t0000000000000000\n', true],
  ['not at all', 'SigPnd:\t0000000000000000\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000000100\n', false],
  ['nobody knows', undefined, false],
])('SIGKILL is pending %s', (_how, status, pending) => {
  expect(isKilled(status)).toBe(pending);
});
