/** Writes the files under docs/ that are made from the code. Tests fail while one is out of date. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pages, root } from './docs/pages.ts';

for (const [path, page] of Object.entries(pages)) {
  const file = `${root}/${path}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await page());
  console.log(path);
}
