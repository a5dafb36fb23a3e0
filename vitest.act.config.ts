import { defineConfig } from 'vitest/config';

// The README's recipes start real servers under act, which takes as long as all other tests together.
export default defineConfig({ test: { include: ['test/**/*.act.ts'], testTimeout: 150_000 } });
