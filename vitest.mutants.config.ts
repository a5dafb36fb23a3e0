import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { test } = await config({ command: 'serve', mode: 'test' });

// A mutant is a change to the source that a test should notice. Tests of the bundle cannot notice it. Neither can tests
// that run the source in threads of their own, where no mutant is active.
export default defineConfig({
  test: {
    ...test,
    exclude: ['test/steps/**', 'test/leases/interleavings.test.ts'],
    setupFiles: ['test/mutants.setup.ts'],
    // Many mutants make a test hang.
    testTimeout: 5_000,
    hookTimeout: 5_000,
  },
});
