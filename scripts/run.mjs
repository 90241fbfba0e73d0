/**
 * Runs a program of this project on any machine: gets ready what it needs, then hands over to the project's
 * own Node. Plain JavaScript without packages, because it also runs where nothing is installed yet.
 *
 *   node scripts/run.mjs [--needs mariadb,haproxy,mysql,redis,valkey] -- <program> [arguments…]
 */
import { runToEnd } from './prepare/child.mjs';
import { unpackEngineRoots } from './prepare/engine-roots.mjs';
import { installNpmPackages } from './prepare/npm.mjs';
import { nodeBinary, root } from './prepare/paths.mjs';
import { installSystemPackages } from './prepare/system-packages.mjs';

const KNOWN_NEEDS = ['mariadb', 'haproxy', 'mysql', 'redis', 'valkey'];

/** @param {string[]} words */
function readArguments(words) {
  const split = words.indexOf('--');
  const own = split < 0 ? [] : words.slice(0, split);
  const program = split < 0 ? words : words.slice(split + 1);
  const at = own.indexOf('--needs');
  const needs = at < 0 ? [] : (own[at + 1] ?? '').split(',').filter((need) => need !== '');
  const unknown = needs.find((need) => !KNOWN_NEEDS.includes(need));
  if (unknown !== undefined) throw new Error(`--needs ${unknown}: known are ${KNOWN_NEEDS.join(', ')}`);
  if (program.length === 0)
    throw new Error('usage: node scripts/run.mjs [--needs a,b] -- <program> [arguments…]');
  return { needs, program };
}

try {
  const { needs, program } = readArguments(process.argv.slice(2));
  await installNpmPackages();
  await installSystemPackages(needs);
  await unpackEngineRoots(needs);
  process.exitCode = await runToEnd(nodeBinary, program, { cwd: root });
} catch (failure) {
  console.error(`dauphin: ${failure instanceof Error ? failure.message : String(failure)}`);
  process.exitCode = 1;
}
