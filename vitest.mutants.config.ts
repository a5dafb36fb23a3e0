import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

// A mutant is a change to the source that a test should notice. Tests that start the bundle cannot: it has none.
// Many mutants make a test wait for what never comes.
export default defineConfig({
  test: { ...config.test, exclude: ['test/steps/**'], testTimeout: 10_000, hookTimeout: 10_000 },
});
