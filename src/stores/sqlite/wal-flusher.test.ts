import { expect, it } from 'vitest';
import { WalFlusher } from './wal-flusher.ts';

/** A disk whose flushes end when the test says so. */
function slowDisk() {
  const running: PromiseWithResolvers<void>[] = [];
  const sync = (): Promise<void> => {
    const flush = Promise.withResolvers<void>();
    running.push(flush);
    return flush.promise;
  };
  return { running, flusher: new WalFlusher(sync) };
}

/** Lets everything that is ready run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('commits that wait together share one flush', async () => {
  const { running, flusher } = slowDisk();
  const flushes = [flusher.flush(), flusher.flush(), flusher.flush()];
  await settle();
  expect(running).toHaveLength(1);
  running[0]?.resolve();
  await Promise.all(flushes);
});

it('a flush that began before a commit does not count for it', async () => {
  const { running, flusher } = slowDisk();
  const first = flusher.flush();
  await settle();
  let secondDone = false;
  const second = flusher.flush().then(() => {
    secondDone = true;
  });
  running[0]?.resolve();
  await first;
  await settle();
  expect(running).toHaveLength(2);
  expect(secondDone).toBe(false);
  running[1]?.resolve();
  await second;
});

it('after a flush that failed no other is believed', async () => {
  const { running, flusher } = slowDisk();
  const first = flusher.flush();
  await settle();
  const second = flusher.flush();
  running[0]?.reject(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  await expect(second).rejects.toThrow('EIO');
  await expect(flusher.flush()).rejects.toThrow('EIO');
  expect(() => flusher.assertSound()).toThrow('EIO');
  expect(running).toHaveLength(1);
});
