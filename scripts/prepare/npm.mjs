/** The project's npm packages, the very versions of the lock file. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { runToEnd, throwIfInterrupted } from './child.mjs';
import { withPrepareLock } from './lock.mjs';
import { cache, nodeBinary, nodeModules, root } from './paths.mjs';

const LOCK_FILE = `${root}/package-lock.json`;
/** npm writes this at the end of every install, whoever asked for it. */
const NPM_STAMP = `${nodeModules}/.package-lock.json`;
/** The lock file's hash at the last install: a checkout touches files without changing them. */
const STAMP = `${nodeModules}/.dauphin-lock`;
const LOG = `${cache}/npm-install.log`;
const DEADLINE_MS = 15 * 60_000;

export async function installNpmPackages() {
  if (isInstalled()) return;
  await withPrepareLock(async () => {
    if (isInstalled()) return;
    console.log('dauphin: installing npm packages …');
    await install();
    if (!existsSync(nodeBinary)) {
      throw new Error(
        `${nodeBinary} is missing after npm: are install scripts of the package "node" disabled?`,
      );
    }
    writeFileSync(STAMP, lockHash());
  });
}

/**
 * `npm ci` refuses a lock file that leaves out optional packages of other platforms, which a registry may not
 * have. `npm install --no-save` takes the same versions from the same lock, verifies the same hashes, and
 * changes neither file.
 */
async function install() {
  if ((await npm(['ci'])) === 0) return;
  const incomplete = /code EUSAGE[\s\S]*from lock file/.test(readFileSync(LOG, 'utf8'));
  if (incomplete && (await npm(['install', '--no-save'])) === 0) return;
  const words = readFileSync(LOG, 'utf8').trim().split('\n').slice(-15).join('\n');
  throw new Error(`npm could not install the packages (all its words: ${LOG})\n${words}`);
}

async function npm(args) {
  const log = openSync(LOG, 'w');
  try {
    const code = await runToEnd('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      env: environmentWithoutProject(),
      stdio: ['inherit', log, log],
      timeout: DEADLINE_MS,
    });
    throwIfInterrupted();
    return code;
  } finally {
    closeSync(log);
  }
}

function isInstalled() {
  if (!existsSync(nodeBinary) || !existsSync(NPM_STAMP)) return false;
  if (statSync(NPM_STAMP).mtimeMs >= statSync(LOCK_FILE).mtimeMs) return true;
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash();
}

function lockHash() {
  return createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');
}

/** npm puts node_modules/.bin first in PATH; that is the very folder `npm ci` begins by deleting. */
function environmentWithoutProject() {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.startsWith(nodeModules));
  return { ...process.env, PATH: path.join(':') };
}
