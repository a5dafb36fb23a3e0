import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

// A mutant is a change to the source that a test must notice. Tests that start the bundle cannot: it has none.
export default defineConfig({ test: { ...config.test, exclude: ['test/steps/**'] } });
