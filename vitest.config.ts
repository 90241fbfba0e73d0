import { defineConfig } from 'vitest/config';

/** Two cores: more servers at once only make each other's deadlines slip. */
const ENGINE_FILES_AT_ONCE = 2;
/** Redis servers are small, and their tests mostly wait: for a node timeout, for an election. */
const REDIS_FILES_AT_ONCE = 5;

const redisTests = ['test/{engine,robustness,hosts}/**/redis*.test.ts', 'test/api/sentinel*.test.ts'];

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  test: {
    passWithNoTests: true,
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'bench/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/simulator/**/*.test.ts',
          ],
          pool: 'threads',
          testTimeout: 10_000,
          hookTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'engine',
          include: ['engine', 'e2e', 'robustness', 'api', 'store', 'hosts', 'scenarios'].map(
            (folder) => `test/${folder}/**/*.test.ts`,
          ),
          exclude: redisTests,
          // Servers are children of the process that tests them and end with it; a thread would not do.
          pool: 'forks',
          maxWorkers: ENGINE_FILES_AT_ONCE,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // After the unit tests, so that the time they take does not fall into what these measure.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'redis',
          include: redisTests,
          pool: 'forks',
          maxWorkers: REDIS_FILES_AT_ONCE,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
