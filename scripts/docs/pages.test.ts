import { describe, expect, test } from 'vitest';
import { pages } from './pages.ts';
import { readProjectFile } from './source-files.ts';

describe('files made from the code are up to date; node scripts/generate-docs.ts makes them anew', () => {
  test.each(Object.keys(pages))('%s', async (path) => {
    expect(readProjectFile(path).text).toBe(await pages[path]?.());
  });
});
