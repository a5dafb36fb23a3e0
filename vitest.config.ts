import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

/** Lists the tests that were skipped for want of something. Their titles say what: see `needs` in test/support.ts. */
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
    // The README's recipes start real servers under act, which takes as long as all other tests together.
    include: [mode === 'recipes' ? 'test/**/*.act.ts' : 'test/**/*.test.ts'],
    reporters: [
      'default',
      ...(process.env.GITHUB_ACTIONS === 'true' ? ['github-actions' as const] : []),
      skippedTests,
    ],
    // Real processes and sockets take their time on a busy machine. No test asserts how long.
    // Much of the time goes to other processes, which a worker waits for.
    maxWorkers: availableParallelism() + 1,
    // Steps that find too few ports wait for others, and take no time meanwhile.
    maxConcurrency: 20,
    testTimeout: mode === 'recipes' ? 150_000 : 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['src/**/*.ts'],
      // It has one line, and runs whatever imports it: test/steps/dist.test.ts runs it in processes of its own.
      exclude: ['src/index.ts'],
      reporter: ['text'],
      // Much of it is for one system, and the tests of that are skipped elsewhere.
      thresholds: process.platform === 'linux' ? { lines: 95, branches: 95 } : {},
    },
  },
}));
