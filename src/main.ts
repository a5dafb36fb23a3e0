import { readInputs } from './action/inputs.ts';
import { debugLog, reportFailure } from './action/log.ts';
import { writeResult } from './action/outputs.ts';
import { describeOwner } from './action/owner.ts';
import { Leases } from './leases/leases.ts';
import { allocate } from './search/allocate.ts';
import { explainError } from './system/errors.ts';

/** Runs the step: reads inputs, finds ports, writes outputs. Never throws: any error fails the step. */
export async function run(): Promise<void> {
  let leases: Leases | undefined;
  const fail = (error: unknown) => {
    leases?.release();
    reportFailure(error);
  };
  const reportEarlyEnd = () => fail(new Error('The step ended before it had found ports'));
  // A closed stdout must not fail the step. writeResult checks stdout when the ports go there.
  process.stdout.on('error', () => {});
  // If the event loop runs empty, nothing else reports it.
  process.once('exit', reportEarlyEnd);
  try {
    const { request, naming } = readInputs();
    leases = new Leases(describeOwner());
    const allocation = await allocate(request, leases, debugLog());
    leases.checkParent();
    await writeResult(allocation, naming);
  } catch (error) {
    fail(explainError(error));
  }
  process.off('exit', reportEarlyEnd);
}
