/**
 * Servers beside the system: their packages are unpacked into the cache, nothing is installed. Nobody depends on
 * one of them alone, so a failure is written down, tests that need it are skipped with that reason, and the next
 * run tries again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runToEnd, throwIfInterrupted } from './child.mjs';
import { withPrepareLock } from './lock.mjs';
import { engines, root } from './paths.mjs';

const VALKEY = ['valkey-server', 'valkey-tools'];
const REDIS = ['redis-server', 'redis-tools'];

/**
 * Which engines a need stands for. The server of the last three is a link to a program of their tools: those are
 * named too, so that it is told where its libraries are.
 */
const ROOTS = [
  {
    need: 'mysql',
    name: 'MySQL',
    folder: 'mysql-9.7',
    suite: 'sid',
    packages: ['mysql-server-core', 'mysql-client-core'],
  },
  { need: 'valkey', name: 'Valkey 9.1', folder: 'valkey-9.1', suite: 'sid', packages: VALKEY },
  { need: 'valkey', name: 'Redis 8.0', folder: 'redis-8.0', suite: 'trixie', packages: REDIS },
  { need: 'valkey', name: 'Valkey 8.1', folder: 'valkey-8.1', suite: 'trixie', packages: VALKEY },
];

/** @param {string[]} needs */
export async function unpackEngineRoots(needs) {
  for (const engine of ROOTS) {
    if (needs.includes(engine.need)) await unpack(engine);
  }
}

/** @param {(typeof ROOTS)[number]} engine */
async function unpack({ name, folder: label, suite, packages }) {
  const folder = `${engines}/${label}`;
  const unavailable = `${engines}/${label}-unavailable`;
  const log = `${engines}/${label}-install.log`;
  if (isComplete(folder)) return;
  await withPrepareLock(async () => {
    if (isComplete(folder)) return;
    mkdirSync(engines, { recursive: true });
    console.log(`dauphin: unpacking ${name} beside the system (not installing it) …`);
    removeUnfinished(label);
    const script = `${root}/scripts/engine-root.sh`;
    const code = await runToEnd('bash', [script, suite, folder, log, ...packages]);
    throwIfInterrupted();
    if (code === 0) {
      writeFileSync(stampOf(folder), folder);
      rmSync(unavailable, { force: true });
      return;
    }
    const reason = `${name} could not be unpacked: ${lastWords(log)}`;
    writeFileSync(unavailable, reason);
    console.log(`dauphin: ${reason}; what needs it is skipped`);
  });
}

/** Also what a killed run has left half unpacked; the lock says that nobody is at it now. */
function removeUnfinished(label) {
  for (const entry of readdirSync(engines)) {
    if (entry !== label && !entry.startsWith(`${label}.part-`)) continue;
    rmSync(`${engines}/${entry}`, { recursive: true, force: true });
  }
}

/** The programs hold the folder's absolute path, so one that was moved along with the project is of no use. */
function isComplete(folder) {
  const stamp = stampOf(folder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === folder;
}

function stampOf(folder) {
  return `${folder}/.complete`;
}

function lastWords(log) {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return lines.slice(-3).join(' / ') || 'no reason given';
}
