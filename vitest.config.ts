import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

/** Lists skipped tests that need something. Their titles say what they need: see `needs` in test/support.ts. */
const skippedTests: Reporter = {
  onTestRunEnd(modules) {
    for (const { children, relativeModuleId } of modules) {
      for (const { fullName } of children.allTests('skipped')) {
        if (fullName.includes('(needs ')) console.log(`skipped: ${relativeModuleId} > ${fullName}`);
      }
    }
  },
};

export default defineConfig(({ mode }) => ({
  test: {
    // Recipes start real servers under act, which takes as long as all other tests together.
    include: [mode === 'recipes' ? 'test/**/*.act.ts' : 'test/**/*.test.ts'],
    reporters: [
      'default',
      ...(process.env.GITHUB_ACTIONS === 'true' ? ['github-actions' as const] : []),
      skippedTests,
    ],
    // Files share processes: to start one for each takes longer than the tests of most. So a test undoes what it changes.
    isolate: false,
    // Workers often wait for other processes.
    maxWorkers: availableParallelism() + 1,
    // Concurrent tests mostly wait, too.
    maxConcurrency: 20,
    // Real processes, sockets and servers are slow on a busy machine. No test asserts how long something takes.
    testTimeout: 150_000,
    hookTimeout: 150_000,
    coverage: {
      include: ['src/**/*.ts'],
      // Importing it runs the action. test/steps/dist.test.ts runs it in processes of its own.
      exclude: ['src/index.ts'],
      reporter: ['text'],
      // Some of the code is for one system, and its tests are skipped on others.
      thresholds: process.platform === 'linux' ? { lines: 95, branches: 95 } : {},
    },
  },
}));
