import { readInputs } from './action/inputs.ts';
import { debugLog, reportFailure } from './action/log.ts';
import { writeResult } from './action/outputs.ts';
import { leaseOwner } from './action/owner.ts';
import { Leases } from './leases/leases.ts';
import { allocate } from './search/allocate.ts';
import { inWords } from './system/errors.ts';

/** Runs the step: inputs in, ports through, outputs out. Never throws: whatever goes wrong fails the step. */
export async function run(): Promise<void> {
  let leases: Leases | undefined;
  // A log that nobody reads fails no step. Where the ports go to stdout, writeResult sees that they arrive.
  process.stdout.on('error', () => {});
  try {
    const { request, naming } = readInputs();
    leases = new Leases(leaseOwner());
    await writeResult(await allocate(request, leases, debugLog()), naming);
  } catch (error) {
    leases?.release();
    reportFailure(inWords(error));
  }
}
