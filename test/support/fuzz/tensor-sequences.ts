// Run as a child process, where nothing else has tensors: random sequences of what can be done to them, beside a
// model of them. Arguments: how many, the device, and a seed or nothing. Prints nothing.
import { argv } from 'node:process';
import fc from 'fast-check';
import { setDefaultDevice } from 'node-mish';
import type { DeviceName } from '../calls/calls.ts';
import { commands } from './tensor-commands.ts';
import { Model } from './tensor-model.ts';

const step = fc.tuple(fc.constantFrom(...Object.keys(commands)), fc.nat(), fc.nat(), fc.nat());

const [numRuns, device, seed] = argv.slice(2) as [string, DeviceName, string?];
setDefaultDevice(device);
const property = fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
  const model = new Model(device);
  try {
    for (const [name, a, b, n] of steps) {
      await commands[name]!(model, a, b, n);
      model.checkFigures();
    }
    await model.finish();
  } finally {
    await model.clear();
  }
});
await fc.assert(property, {
  numRuns: Number(numRuns),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
});
