// Random programs, each in a child process that must not crash: functions get nonsense arguments, Tensors are used in
// any order. 10,000 cases of each on the CPU, different ones in every run.
import assert from 'node:assert/strict';
import { type DeviceName, describeOnEachDevice } from '../support/calls/calls.ts';
import { parameters, runsOn, timeoutMs } from '../support/calls/properties.ts';
import { node, root } from '../support/repository.ts';

const { seed } = parameters(1);

/** A case takes three times as long on the fake CUDA driver as on the CPU: a fourth of the cases there. */
const casesOn = (device: DeviceName): string =>
  `${Math.ceil(runsOn(device) / (device === 'cuda:0' ? 4 : 1))}`;

/** Runs that script to its end. @throws with what it said, unless that is nothing */
function run(script: string, args: readonly string[], change: NodeJS.ProcessEnv = {}): void {
  const all = [`${root}build/test/support/fuzz/${script}`, ...args, ...(seed ? [`${seed}`] : [])];
  assert.equal(node(all, change), '');
}

describeOnEachDevice('any arguments', (device) => {
  it('give a value, an error of this library, or what they themselves threw', function () {
    this.timeout(timeoutMs);
    run('calls.js', [casesOn(device)], { NODE_MISH_DEVICE: device });
  });
});

describeOnEachDevice('Tensors in any order of uses', (device) => {
  it('hold what they must, are refused when they must, and leave nothing', function () {
    this.timeout(timeoutMs);
    run('tensor-sequences.js', [casesOn(device), device]);
  });
});
