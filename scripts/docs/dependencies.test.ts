import { expect, test } from 'vitest';
import { z } from 'zod';
import { readProjectFile } from './source-files.ts';

const names = z.record(z.string(), z.string());
const manifest = z.object({ dependencies: names, devDependencies: names });

test('every dependency has its reason in docs/dependencies.md, and nothing else has one', () => {
  const { dependencies, devDependencies } = manifest.parse(JSON.parse(readProjectFile('package.json').text));
  const told = [...readProjectFile('docs/dependencies.md').text.matchAll(/^\| `([^`]+)` \|/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(told.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
});
