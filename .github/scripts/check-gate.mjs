// Fails if a job of ci.yml is missing in the `needs` of its gate: that job could fail, and the gate would still pass.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const { jobs } = parse(readFileSync(new URL('../workflows/ci.yml', import.meta.url), 'utf8'));
const missing = Object.keys(jobs).filter((job) => job !== 'gate' && !jobs.gate.needs.includes(job));
if (missing.length > 0) {
  console.error(`Not in the needs of the gate: ${missing.join(', ')}`);
  process.exitCode = 1;
}
