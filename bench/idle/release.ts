/** The controller as it is released: built, and run with the flags of bin/dauphin. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { projectRoot } from '../../test/kit/project.ts';

const BUILD_MS = 120_000;

/** Builds it into the cache; returns what Node is to be given. */
export async function buildRelease(): Promise<readonly string[]> {
  const out = `${projectRoot}/.cache/release`;
  const compiler = `${projectRoot}/node_modules/typescript7/bin/tsc`;
  const args = [compiler, '-p', `${projectRoot}/tsconfig.build.json`, '--outDir', out];
  await promisify(execFile)(process.execPath, args, { timeout: BUILD_MS });
  const wrapper = await readFile(`${projectRoot}/bin/dauphin`, 'utf8');
  const flags = wrapper.match(/--max-[a-z-]+=\d+/g) ?? [];
  return [...flags, `${out}/main.js`];
}
