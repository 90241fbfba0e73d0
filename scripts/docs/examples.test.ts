import { expect, test } from 'vitest';
import { parseConfiguration } from '../../src/control/configuration/index.ts';
import { filesUnder, readProjectFile } from './source-files.ts';

const surroundings = {
  environment: {
    DAUPHIN_PASSWORD: 'secret',
    REPL_PASSWORD: 'secret',
    REDIS_PASSWORD: 'secret',
    SENTINEL_PASSWORD: 'secret',
  },
  folder: '/etc/dauphin',
  readText: () => 'secret\n',
};

const examples = [
  readProjectFile('README.md'),
  ...filesUnder('docs', (path) => path.endsWith('.md')),
].flatMap(({ path, text }) =>
  [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match, index) => [
    `${path} (${index + 1})`,
    match[1] ?? '',
  ]),
);

test.each(examples)('the configuration shown in %s is accepted', (_where, text = '') => {
  expect(parseConfiguration(text, 'dauphin.yaml', surroundings).clusters.length).toBeGreaterThan(0);
});
