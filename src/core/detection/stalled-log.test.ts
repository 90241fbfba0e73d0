import { expect, it } from 'vitest';
import type { HostState } from '../host.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import { suspectsDisk } from './stalled-log.ts';
import { stalled } from './testify.ts';

const state: HostState = {
  server: 'answers',
  disk: 'stuck',
  fenced: false,
  startsReadOnly: false,
  canStartReadOnly: true,
  upMs: 1,
};
const primary = (host?: HostState) =>
  nodeNamed(
    cluster()
      .primary('db1', host ? { host: { at: testTime, state: host } } : {})
      .topology(),
    'db1',
  );

it('a primary whose log waits is suspected once its host says that the disk is stuck', () => {
  expect(suspectsDisk(primary(state), 3000)).toBe(
    'it answers, but its log has not reached its disk for 3000 ms',
  );
  expect(suspectsDisk(primary({ ...state, disk: 'writes' }), 3000)).toBeUndefined();
  expect(suspectsDisk(primary(), 3000)).toBeUndefined();
});

it.each([
  ['serves', 3000, 'stuck'],
  ['serves', undefined, 'serves'],
  ['silent', 3000, 'stuck'],
  ['silent', undefined, 'silent'],
  ['gone', 3000, 'gone'],
] as const)('a controller that finds that it %s while the log waits for %s ms says %s', (says, ms, word) => {
  expect(stalled({ says, fact: '' }, ms).says).toBe(word);
});
