/**
 * A process that commits numbered pairs to the store given as its argument, flushed and buffered in turn, and
 * writes each number to standard output when, and only when, the store has acknowledged it.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';

const [path, from] = process.argv.slice(2);
if (path === undefined || from === undefined)
  throw new Error('usage: commit-until-killed.ts <path> <first number>');
// A short history, so that compactions and checkpoints too are hit.
const store = await openSqliteStore({ path, clock: systemClock, historyLimits: { changes: 500, bite: 64 } });
for (let n = Number(from); ; n += 1) {
  const value = `${n}`.padEnd(200, '.');
  const writes = [
    { put: 'left', value },
    { put: `number/${n}`, value },
    { put: 'right', value },
  ];
  const result = await store.commit({ writes, durability: n % 7 === 0 ? 'flushed' : 'buffered' });
  if (!result.ok) throw new Error('a commit without compares failed');
  writeSync(1, `${n}\n`);
}
