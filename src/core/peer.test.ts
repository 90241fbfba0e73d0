import { expect, it } from 'vitest';
import { peerSays } from './peer.ts';

const view = { controller: 'west', says: 'gone', fact: 'connection refused' } as const;

it.each<[string, string, readonly string[], string]>([
  ['another controller is heard', 'east', [], 'gone'],
  ['this controller under a name of its own is none', 'west', [], 'cannot-tell'],
  ['a controller that has another name already is none', 'east', ['south'], 'cannot-tell'],
])('%s', (_what, self, earlier, says) => {
  expect(peerSays(view, self, earlier).says).toBe(says);
});
