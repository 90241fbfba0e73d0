/** All static checks, two at a time; a line for each, and the words only of those that fail. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { nodeModules, root } from './prepare/paths.mjs';

const DEADLINE_MS = 5 * 60_000;
const AT_ONCE = 2;

const CHECKS = [
  { name: 'types', says: 'tsc 7', args: ['typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.json'] },
  {
    name: 'format',
    says: 'biome',
    args: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--diagnostic-level=warn', '.'],
  },
  {
    name: 'lint',
    says: 'oxlint, type-aware',
    args: ['oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  },
  {
    name: 'floors',
    says: 'dependency-cruiser',
    args: [
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      ...folders(),
    ],
  },
  { name: 'unused', says: 'knip', args: ['knip/bin/knip.js', '--no-progress'] },
];

/** Where code lies; a folder that is still empty is not in a clone. */
function folders() {
  return ['src', 'test', 'bench', 'demo', 'scripts'].filter((folder) => existsSync(`${root}/${folder}`));
}

/** @param {string[]} args */
function run(args) {
  const { promise, resolve } = Promise.withResolvers();
  const [program, ...rest] = args;
  const child = spawn(process.execPath, [`${nodeModules}/${program}`, ...rest], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
  });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  child.once('error', (error) => resolve({ ok: false, output: error.message }));
  child.once('close', (code, signal) => {
    if (signal !== null) said.push(Buffer.from(`ended by ${signal}`));
    resolve({ ok: code === 0, output: Buffer.concat(said).toString() });
  });
  return promise;
}

async function check({ name, says, args }) {
  const started = performance.now();
  const { ok, output } = await run(args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${seconds.padStart(5)} s  ${says}`);
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '     '));
  return ok;
}

const started = performance.now();
const waiting = [...CHECKS];
const results = [];
async function takeTurns() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    results.push(await check(next));
}
await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));

const failed = results.filter((ok) => !ok).length;
const total = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  failed === 0
    ? `all ${results.length} checks hold, ${total} s`
    : `${failed} of ${results.length} checks fail`,
);
process.exitCode = failed === 0 ? 0 : 1;
