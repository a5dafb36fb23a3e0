import { createRequire } from 'node:module';

/** Loads one of Node's own modules where not every step needs it. */
export const load = createRequire(import.meta.url);
