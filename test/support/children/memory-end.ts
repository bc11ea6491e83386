// Run as a child process: every operation on operands that end where their memory does. Behind the memory of
// WebAssembly nothing is mapped, so a byte read or written past the end kills the process.
import { backend } from 'node-mish';
import { newElements, opCases, optionsOf } from '../calls/calls.ts';
import { chunkBytes, pages } from '../calls/pages.ts';
import { dtypeNames, type Elements } from '../values/vectors.ts';

function atTheEnd(like: Elements): Elements {
  const View = like.constructor as new (b: ArrayBufferLike, o: number, n: number) => Elements;
  return new View(pages(1), chunkBytes - like.byteLength, like.length);
}

const device = backend.name === 'native' ? 'cpu' : 'js';
let calls = 0;
for (const op of opCases) {
  for (const dtype of dtypeNames) {
    for (let length = 1; length <= 67; length += 3) {
      const operand = () => atTheEnd(newElements(dtype, length));
      const inputs = Array.from({ length: op.inputs }, operand);
      op.call(inputs, optionsOf(dtype, device), Array.from({ length: op.outputs }, operand));
      calls++;
    }
  }
}
process.stdout.write(`${calls} calls on ${device}`);
