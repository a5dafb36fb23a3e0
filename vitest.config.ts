import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes and sockets take their time on a busy machine. No test asserts how long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['src/**/*.ts'],
      // It has one line, and runs whatever imports it: test/dist.test.ts runs it in processes of its own.
      exclude: ['src/index.ts'],
      reporter: ['text'],
      thresholds: { lines: 95, branches: 85 },
    },
  },
});
