/**
 * MySQL beside the system: its packages are unpacked into the cache, nothing is installed. Nobody depends on
 * it alone, so a failure is written down, tests that need it are skipped with that reason, and the next run
 * tries again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runToEnd, throwIfInterrupted } from './child.mjs';
import { withPrepareLock } from './lock.mjs';
import { engines, root } from './paths.mjs';

const FOLDER = `${engines}/mysql-9.7`;
const STAMP = `${FOLDER}/.complete`;
const UNAVAILABLE = `${engines}/mysql-unavailable`;
const LOG = `${engines}/mysql-install.log`;
const SUITE = 'sid';
const PACKAGES = ['mysql-server-core', 'mysql-client-core'];

export async function installMysql() {
  if (isComplete()) return;
  await withPrepareLock(async () => {
    if (isComplete()) return;
    mkdirSync(engines, { recursive: true });
    console.log('dauphin: unpacking MySQL beside the system (not installing it) …');
    removeUnfinished();
    const script = `${root}/scripts/engine-root.sh`;
    const code = await runToEnd('bash', [script, SUITE, FOLDER, LOG, ...PACKAGES]);
    throwIfInterrupted();
    if (code === 0) {
      writeFileSync(STAMP, FOLDER);
      rmSync(UNAVAILABLE, { force: true });
      return;
    }
    const reason = `MySQL could not be unpacked: ${lastWords()}`;
    writeFileSync(UNAVAILABLE, reason);
    console.log(`dauphin: ${reason}; what needs it is skipped`);
  });
}

/** Also what a killed run has left half unpacked; the lock says that nobody is at it now. */
function removeUnfinished() {
  for (const entry of readdirSync(engines)) {
    if (!/^mysql-9\.7($|\.part-)/.test(entry)) continue;
    rmSync(`${engines}/${entry}`, { recursive: true, force: true });
  }
}

/** The programs hold the folder's absolute path, so one that was moved along with the project is of no use. */
function isComplete() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === FOLDER;
}

function lastWords() {
  const lines = existsSync(LOG) ? readFileSync(LOG, 'utf8').trim().split('\n') : [];
  return lines.slice(-3).join(' / ') || 'no reason given';
}
