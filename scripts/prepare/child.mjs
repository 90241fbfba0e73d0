/** Runs one program to its end and stays as long as it does, so that nobody is left behind. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

let interrupted = false;

/** A signal came while something was being prepared: the whole run is to end, not to go on with the next thing. */
export function throwIfInterrupted() {
  if (interrupted) throw new Error('interrupted');
}

/**
 * Resolves to the exit code, as a shell would tell it (128 + signal number for a signal). SIGTERM and SIGHUP
 * are passed on. SIGINT comes to the child from the terminal as it does to us, so it is passed on only when
 * there is no terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const pass = (signal) => {
      interrupted = true;
      child.kill(signal);
    };
    const interrupt = () => {
      interrupted = true;
      if (!process.stdin.isTTY) child.kill('SIGINT');
    };
    const forget = () => {
      process.off('SIGINT', interrupt);
      for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, pass);
    };
    process.on('SIGINT', interrupt);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass);
    child.once('error', (error) => {
      forget();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      forget();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
