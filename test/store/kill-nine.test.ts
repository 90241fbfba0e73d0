import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { within } from './store-under-test.ts';

const rounds = 8;
const child = join(import.meta.dirname, 'commit-until-killed.ts');

/** Runs the child until `afterMs` from its first acknowledgement, and returns the last number it acknowledged. */
async function commitUntilKilled(path: string, from: number, afterMs: number): Promise<number> {
  const process_ = spawn(process.execPath, [child, path, `${from}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(process_, 'exit');
  try {
    const lines = createInterface({ input: process_.stdout });
    let last = from - 1;
    // The kernel keeps what the child had written when it was killed: read to the end.
    const read = (async () => {
      for await (const line of lines) last = Number(line);
    })();
    await within(once(process_.stdout, 'data'), 'the first acknowledgement');
    await pause(afterMs);
    process_.kill('SIGKILL');
    await within(Promise.all([read, exited]), 'the end of the child');
    return last;
  } finally {
    process_.kill('SIGKILL');
  }
}

function assertIntegrity(path: string): void {
  using database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
}

/** What a store holds after the kill, in the terms of the promise: nothing missing, nothing by halves. */
async function inspect(path: string, acknowledged: number) {
  assertIntegrity(path);
  const store = await openSqliteStore({ path, clock: systemClock });
  const numberOf = (value: string | undefined): number => Number(value?.replaceAll('.', ''));
  const { entries } = await store.range('number/');
  const numbers = new Set(entries.map((entry) => numberOf(entry.value)));
  const left = numberOf((await store.get('left'))?.value);
  const right = numberOf((await store.get('right'))?.value);
  await store.close();
  const missing = Array.from({ length: acknowledged + 1 }, (_, n) => n).filter((n) => !numbers.has(n));
  // One more may have been committed and not acknowledged, and never two.
  const surplus = numbers.size - 1 - acknowledged;
  return { missing, surplus, halves: left !== right || left !== numbers.size - 1, next: numbers.size };
}

it(`what was acknowledged survives kill -9, whole, ${rounds} times over`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-kill-'));
  const path = join(folder, 'store.db');
  try {
    let next = 0;
    for (let round = 0; round < rounds; round += 1) {
      const afterMs = Math.random() * 150;
      const acknowledged = await commitUntilKilled(path, next, afterMs);
      const found = await inspect(path, acknowledged);
      // The time is here so that a failure says when the kill came.
      expect({ ...found, afterMs }).toEqual({
        missing: [],
        surplus: expect.toBeOneOf([0, 1]) as unknown,
        halves: false,
        next: found.next,
        afterMs,
      });
      next = found.next;
    }
    expect(next).toBeGreaterThan(rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
