import { readInputs } from './action/inputs.ts';
import { reportFailure, writeResult } from './action/outputs.ts';
import { leaseOwner } from './action/owner.ts';
import { Leases } from './leases/leases.ts';
import { allocate } from './search/allocate.ts';
import { inWords } from './system/errors.ts';

/** Runs the step: inputs in, ports through, outputs out. Never throws: whatever goes wrong fails the step. */
export async function run(): Promise<void> {
  let leases: Leases | undefined;
  // Nobody may be reading the log. On a runner the ports are in its files all the same; elsewhere they are lost.
  process.stdout.on('error', () => {
    if (!process.env.GITHUB_OUTPUT) process.exitCode = 1;
  });
  try {
    const { request, naming } = readInputs();
    leases = new Leases(leaseOwner());
    writeResult(await allocate(request, leases), naming);
  } catch (error) {
    leases?.release();
    reportFailure(inWords(error));
  }
}
