/** Single keys on a terminal, without a return after them. Where there is no terminal, nothing is heard. */

const CTRL_C = '\u0003';

/** Ctrl-C goes on meaning what it means. */
export function listenToKeys(onKey: (key: string) => void): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY || !process.stdout.isTTY) return { [Symbol.dispose]: () => undefined };
  const hear = (data: Buffer): void => {
    for (const key of data.toString()) {
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else onKey(key);
    }
  };
  stdin.setRawMode(true);
  stdin.on('data', hear);
  stdin.resume();
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', hear);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
