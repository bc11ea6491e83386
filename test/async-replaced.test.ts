// Functions that a program has put in the place of the engine's, while asynchronous calls are made: they may see
// what the caller has, and never memory that a job has. In a process of its own, which has to live.
import assert from 'node:assert/strict';
import { jobPrelude } from './support/async-calls.ts';
import { titleOf, unusable } from './support/calls.ts';
import { printedBy } from './support/child.ts';

/**
 * Wraps every function of the engine's prototypes so that it keeps each ArrayBuffer that it comes by, which are
 * then detached while jobs are under way. Memory of a job must not be among them.
 */
const spies = `
  const own = new WeakSet();
  const kept = new Set();
  const keep = Set.prototype.add.bind(kept);
  const { isArrayBuffer, isTypedArray } = (await import('node:util')).types;
  const look = (value, depth = 0) => {
    if (typeof value !== 'object' || value === null || depth > 3) return;
    if (isTypedArray(value)) keep(bufferOf(value));
    else if (isArrayBuffer(value)) keep(value);
    else for (const key of keysOf(value)) {
      let each;
      try { each = value[key]; } catch { continue; }
      look(each, depth + 1);
    }
  };
  /** How many of the buffers kept, and not the caller's own, had memory to take away. */
  const attack = () => {
    let taken = 0;
    for (const each of kept) {
      if (own.has(each) || lengthOf(each) !== 4 * n) continue;
      taken++;
      structuredClone(each, { transfer: [each] });
    }
    return taken;
  };
  const apply = Reflect.apply, keysOf = Reflect.ownKeys;
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const getter = (of, name) => Object.getOwnPropertyDescriptor(of, name).get;
  const [buffer, byteLength] = [getter(typed, 'buffer'), getter(ArrayBuffer.prototype, 'byteLength')];
  const bufferOf = (value) => apply(buffer, value, []);
  const lengthOf = (value) => apply(byteLength, value, []);
  let looking = false;
  const spyOn = (of) => {
    for (const key of keysOf(of)) {
      const { value, writable } = Object.getOwnPropertyDescriptor(of, key);
      if (typeof value !== 'function' || !writable || key === 'constructor') continue;
      if (of === globalThis && !/^[a-z]/.test(String(key))) continue; // classes keep their static members
      of[key] = function (...args) {
        if (!looking) {
          looking = true;
          try { look(this); look(args); } finally { looking = false; }
        }
        return new.target ? Reflect.construct(value, args) : apply(value, this, args);
      };
    }
  };
`;

const device = 'cpu';

describe(titleOf('functions put in the place of the engine’s', device), () => {
  it('never get to see memory that a job has', function () {
    if (unusable(device)) this.skip();
    const printed = printedBy(`${jobPrelude(device)}${spies}
        const tensors = Array.from({ length: 4 }, () => mish.Tensor.from(ramp(), { device }));
        const arrays = Array.from({ length: 4 }, ramp);
        for (const { buffer } of arrays) own.add(buffer);
        let taken = 0;
        for (const of of [Array.prototype, typed, Float32Array.prototype, ArrayBuffer.prototype, Map.prototype,
          Set.prototype, WeakMap.prototype, Object, Reflect, Promise.prototype, FinalizationRegistry.prototype,
          globalThis]) {
          const before = Object.getOwnPropertyDescriptors(of);
          spyOn(of);
          const calls = [];
          for (let i = 0; i < 4; i++) calls.push(mish.mishAsync(tensors[i]));
          for (let i = 0; i < 4; i++) calls.push(mish.mishAsync(arrays[i], { device }));
          calls.push(mish.mishBackwardAsync(tensors[2], tensors[3]));
          Object.defineProperties(of, before);
          taken += attack();
          const results = await Promise.all(calls);
          for (const y of results.slice(0, 8)) if (!same(y.data ?? y)) throw new Error('wrong bits');
        }
        console.log('kept some:', kept.size > 0, 'taken:', taken);`);
    assert.equal(printed, 'kept some: true taken: 0');
  });
});
