/**
 * Copies of a MariaDB server, by its own mariadb-backup.
 * Source: https://mariadb.com/docs/server/server-usage/backup-and-restore/mariadb-backup/mariadb-backup-overview
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { HostBackup } from '../../core/host.ts';
import { type Position, position } from '../../core/positions.ts';
import { mariadbPositions } from './gtid-position.ts';

const tool = 'mariadb-backup';
/** Newer tools have given the file their own name. */
const infoFiles = ['mariadb_backup_binlog_info', 'xtrabackup_binlog_info'];
const longestComplaint = 4000;

type Child = ReturnType<typeof start>;

function start(program: string, args: readonly string[], signal: AbortSignal, cwd?: string) {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  // The tool tells its progress at length; its last words say what went wrong.
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-longestComplaint);
  });
  const ended = once(child, 'close').then(
    ([status]) => {
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
      if (status === 0) return;
      const last = words.trim().split('\n').slice(-3).join('; ');
      throw new Fault('verification-failed', `${program} ended with status ${String(status)}: ${last}`);
    },
    (thrown: unknown) => {
      throw new Fault('verification-failed', `${program} does not run: ${String(thrown)}`, { cause: thrown });
    },
  );
  // Whoever stops reading does not look at it.
  ended.catch(() => undefined);
  return { child, ended, stop };
}

/** Its output, which fails at its end when the program did. */
async function* outputOf({ child, ended, stop }: Child, last: () => Promise<void>): AsyncGenerator<Buffer> {
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    await ended;
  } finally {
    stop();
    await last();
  }
}

async function take(
  { scratch, socket, address }: Parameters<HostBackup['take']>[0],
  account: Parameters<HostBackup['take']>[1],
  call: Call,
): Promise<AsyncIterable<Buffer>> {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  // Not as arguments, which everybody on the host can read.
  const options = join(scratch, 'account.cnf');
  const where =
    socket === undefined ? [`host=${address?.host}`, `port=${address?.port}`] : [`socket=${socket}`];
  const lines = ['[client]', `user=${account.user}`, `password="${account.password}"`, ...where];
  await writeFile(options, `${lines.join('\n')}\n`, { mode: 0o600 });
  call.signal.throwIfAborted();
  const args = [`--defaults-file=${options}`, '--backup', '--stream=mbstream', `--target-dir=${scratch}`];
  // Its output is read after this has returned, so it is not bound to the call; whoever reads it ends it.
  const running = start(tool, args, new AbortController().signal);
  running.child.stdin.end();
  return outputOf(running, () => rm(scratch, { recursive: true, force: true }));
}

async function unpack(folder: string, copy: AsyncIterable<Uint8Array>, call: Call): Promise<Position> {
  const reading = start('mbstream', ['-x', '-C', folder], call.signal);
  reading.child.stdout.resume();
  await pipeline(Readable.from(copy), reading.child.stdin).catch((thrown: unknown) => {
    reading.stop();
    throw thrown;
  });
  await reading.ended;
  const preparing = start(tool, ['--no-defaults', '--prepare', `--target-dir=${folder}`], call.signal);
  preparing.child.stdin.end();
  preparing.child.stdout.resume();
  await preparing.ended;
  return positionIn(folder);
}

async function positionIn(folder: string): Promise<Position> {
  for (const name of infoFiles) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    // File, offset, GTID position; the donor without a history has none.
    const parsed = mariadbPositions.parse((text.trim().split('\t')[2] ?? '').trim());
    if (parsed !== undefined && parsed !== position('')) return parsed;
  }
  throw new Fault(
    'verification-failed',
    'the copy does not say which GTIDs it holds: does its donor log them?',
  );
}

export const mariadbBackup: HostBackup = { take, unpack };
