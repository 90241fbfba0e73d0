import { expect, test } from 'vitest';
import { anchorsOf, brokenLinks } from './links.ts';
import { filesUnder, readProjectFile } from './source-files.ts';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(readProjectFile),
  ...filesUnder('docs', (path) => path.endsWith('.md')),
];

test.each(pages.map((page) => [page.path, page] as const))(
  'every link in %s leads somewhere',
  (_path, page) => {
    expect(brokenLinks(page)).toEqual([]);
  },
);

test('every page under docs is reached from its index', () => {
  const index = readProjectFile('docs/README.md').text;
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
    .filter((path) => !index.includes(`](${path.slice('docs/'.length)})`));
  expect(missing).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  const text = [
    '# A page',
    '[gone](docs/gone.md), [no heading](#none), [here](#a-page), [out](../up.md), [web](https://example.com)',
    '`[code](docs/code.md)`',
    '```text',
    '[fenced](docs/fenced.md)',
    '```',
  ].join('\n');
  expect(brokenLinks({ path: 'README.md', text })).toEqual([
    'README.md: docs/gone.md: no such file',
    'README.md: #none: no such heading',
    'README.md: ../up.md: leads out of the project',
  ]);
});

test('headings of one name have anchors of their own', () => {
  expect([...anchorsOf('# One `two`\n## Then — what?\n## One two\n')]).toEqual([
    'one-two',
    'then--what',
    'one-two-1',
  ]);
});
