/** Debian packages: only those that are missing, and none of the services they bring is started. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runToEnd, throwIfInterrupted } from './child.mjs';
import { withPrepareLock } from './lock.mjs';
import { root } from './paths.mjs';

/** Which packages a need stands for, and the program by which each is known to be there. */
const PACKAGES = {
  mariadb: { 'mariadb-server': 'mariadbd', 'mariadb-backup': 'mariadb-backup' },
  haproxy: { haproxy: 'haproxy' },
  mysql: { patchelf: 'patchelf' },
  redis: { 'redis-server': 'redis-server', 'redis-tools': 'redis-cli' },
  valkey: { patchelf: 'patchelf' },
};
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** @param {string} program */
function hasProgram(program) {
  return FOLDERS.some((folder) => existsSync(`${folder}/${program}`));
}

/** @param {string[]} needs */
export async function installSystemPackages(needs) {
  if (missingOf(needs).length === 0) return;
  await withPrepareLock(async () => {
    const missing = missingOf(needs);
    if (missing.length === 0) return;
    const list = missing.join(' ');
    if (!hasProgram('apt-get'))
      throw new Error(`needs ${list}, and there is no apt-get here: install them by hand`);
    console.log(`dauphin: installing system packages: ${list} …`);
    const [command, ...before] = asRoot(list);
    const code = await runToEnd(command, [
      ...before,
      'bash',
      `${root}/scripts/prepare/apt-install.sh`,
      ...missing,
    ]);
    throwIfInterrupted();
    if (code !== 0)
      throw new Error(`apt-get could not install ${list} (exit code ${code}); its words are above`);
    const still = missingOf(needs);
    if (still.length > 0)
      throw new Error(`apt-get installed ${list}, yet programs of ${still.join(' ')} are missing`);
  });
}

function missingOf(needs) {
  const missing = needs.flatMap((need) =>
    Object.entries(PACKAGES[need])
      .filter(([, program]) => !hasProgram(program))
      .map(([name]) => name),
  );
  return [...new Set(missing)];
}

/** Without a terminal nobody can type sudo's password: it must not ask. */
function asRoot(list) {
  if (process.getuid?.() === 0) return ['env'];
  const advice = `install them by hand: apt-get install ${list}`;
  if (!hasProgram('sudo'))
    throw new Error(`needs ${list}, but this is neither root nor is there sudo; ${advice}`);
  if (process.stdin.isTTY) return ['sudo'];
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    throw new Error(`needs ${list}, but sudo asks for a password and there is no terminal; ${advice}`);
  }
  return ['sudo', '-n'];
}
