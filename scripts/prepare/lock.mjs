/** Lets one of several runs prepare the machine while the others wait. Held by a live process, or not at all. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './paths.mjs';

const LOCK = `${cache}/prepare.lock`;
const WAIT_MS = 15 * 60_000;

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPrepareLock(work) {
  await acquire();
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

async function acquire() {
  mkdirSync(cache, { recursive: true });
  const end = Date.now() + WAIT_MS;
  let told = false;
  while (!tryToTake()) {
    const holder = holderOf(LOCK);
    if (holder !== undefined && !isAlive(holder)) {
      breakLockOf(holder);
      continue;
    }
    if (!told)
      console.log(`dauphin: another run (pid ${holder}) is preparing this machine; waiting for it …`);
    told = true;
    if (Date.now() > end)
      throw new Error(`${LOCK}: still held by pid ${holder} after ${WAIT_MS / 60_000} minutes`);
    await sleep(200);
  }
}

/** A link appears with its content or not at all, so a lock is never seen without its holder. */
function tryToTake() {
  const mine = `${LOCK}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moved aside first and looked at again: between the look and the move somebody else may have taken it. */
function breakLockOf(dead) {
  const aside = `${LOCK}.${process.pid}.aside`;
  try {
    renameSync(LOCK, aside);
    if (holderOf(aside) !== dead) linkSync(aside, LOCK);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
