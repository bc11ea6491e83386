// Functions that a program has put in the place of the engine's, while asynchronous calls are made: they may see
// what the caller has, and never memory that a job has. In a process of its own, which has to live.
import assert from 'node:assert/strict';
import { jobPrelude } from '../support/calls/async-calls.ts';
import { titleOf, unusable } from '../support/calls/calls.ts';
import { printedBy } from '../support/child.ts';

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

/** Runs `act` for each function of the engine's prototypes, with `replaced` in its place for so long. */
const eachReplaced = `
  const eachReplaced = async (of, replaced, act) => {
    for (const key of keysOf(of)) {
      const before = Object.getOwnPropertyDescriptor(of, key);
      if (typeof before.value !== 'function' || !before.writable || key === 'constructor') continue;
      of[key] = replaced;
      try { await act(); } catch {} finally { Object.defineProperty(of, key, before); }
    }
  };
  const prototypes = [Array.prototype, typed, Float32Array.prototype, ArrayBuffer.prototype, Map.prototype,
    Set.prototype, WeakMap.prototype, FinalizationRegistry.prototype];
`;

const device = 'cpu';

describe(titleOf('functions put in the place of the engine’s', device), () => {
  before(function () {
    if (unusable(device)) this.skip();
  });

  it('never get to see memory that a job has', () => {
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
          arrays.slice(); // the spies do see what is shown to them
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

  it('nor do getters on Object.prototype, which also see no backend', () => {
    const printed = printedBy(`${jobPrelude(device)}${spies}
        const { readdirSync, readFileSync } = await import('node:fs');
        const dist = new URL('./', import.meta.resolve('node-mish'));
        const names = new Set();
        for (const file of readdirSync(dist, { recursive: true })) {
          if (!file.endsWith('.cjs')) continue;
          for (const [, name] of readFileSync(new URL(file, dist), 'utf8').matchAll(/[.{,]\\s*([a-z]\\w*)/gi)) {
            if (!(name in Object.prototype) && !(name in {})) names.add(name);
          }
        }
        for (const name of ['then', 'toJSON', 'get', 'set', 'value', 'writable', 'enumerable', 'configurable']) {
          names.delete(name); // what the engine itself looks for
        }
        const tensors = Array.from({ length: 2 }, () => mish.Tensor.from(ramp(), { device }));
        tensors[1].data; // is copied
        const x = ramp();
        own.add(x.buffer).add(tensors[1].data.buffer);
        const { signal } = new AbortController();
        await mish.mishAsync(x, { device });
        let backends = 0;
        for (const name of names) {
          Object.defineProperty(Object.prototype, name, { configurable: true, set(value) {
            Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
          }, get() {
            if (looking) return undefined;
            looking = true;
            try { look(this); if (keysOf(Object(this)).includes('runAsync')) backends++; } finally { looking = false; }
          } });
        }
        const calls = [mish.mishAsync(tensors[0]), mish.mishAsync(tensors[1]), mish.mishAsync(x, { device, signal })];
        const given = mish.mishAsync(x.slice(), { device, transfer: true });
        for (const name of names) delete Object.prototype[name];
        const taken = attack();
        const results = await Promise.all([...calls, given]);
        console.log(names.size > 500, 'taken:', taken, 'backends:', backends, results.every((y) => same(y.data ?? y)));`);
    assert.equal(printed, 'true taken: 0 backends: 0 true');
  });

  it('nor do constructors', () => {
    const printed = printedBy(`${jobPrelude(device)}${spies}
        const x = ramp();
        own.add(x.buffer);
        const tensor = mish.Tensor.from(x, { device });
        const { signal } = new AbortController();
        await mish.mishAsync(x, { device, transfer: false });
        const names = ['ArrayBuffer', 'SharedArrayBuffer', 'Int32Array', 'Float32Array', 'Uint8Array'];
        const before = names.map((name) => globalThis[name]);
        let constructed = 0;
        names.forEach((name, i) => {
          globalThis[name] = new Proxy(before[i], { construct(target, args) {
            constructed++;
            return new before[0](1 << 20);
          } });
        });
        const calls = [mish.mishAsync(x, { device, signal }), mish.mishAsync(tensor, { signal })];
        names.forEach((name, i) => { globalThis[name] = before[i]; });
        const results = await Promise.all(calls);
        console.log(constructed, results.every((y) => same(y.data ?? y)));`);
    assert.equal(printed, '0 true');
  });

  it('may return what they want: nothing of it is taken for memory', () => {
    const printed = printedBy(`${jobPrelude(device)}${spies}${eachReplaced}
        const evil = new ArrayBuffer(4 * n, { maxByteLength: 4 * n });
        own.add(evil);
        Object.prototype.evil = { bytes: 4, array: function (buffer) { keep(buffer); return new Float32Array(n); } };
        Array.prototype.evil = evil;
        let [taken, wrong] = [0, 0];
        for (const of of prototypes) await eachReplaced(of, () => 'evil', async () => {
          const [x, tensor] = [ramp(), mish.Tensor.from(new Float32Array(n), { device })];
          const calls = [mish.mishAsync(x, { device, transfer: true }), mish.mishDerivativeAsync(tensor)];
          taken += attack();
          if (!same(await calls[0])) wrong++;
          await calls[1];
        });
        delete Array.prototype.evil;
        delete Object.prototype.evil;
        console.log('taken:', taken, 'wrong:', wrong);`);
    assert.equal(printed, 'taken: 0 wrong: 0');
  });

  it('may throw whenever they are called: every call settles, and what it had is free', () => {
    const printed = printedBy(`${jobPrelude(device)}${spies}${eachReplaced}
        const tensor = mish.Tensor.from([1, 2], { device });
        const controller = new AbortController();
        const signal = controller.signal;
        for (const of of prototypes) {
          await eachReplaced(of, () => { throw new Error('replaced'); }, () => mish.mishAsync(tensor, { signal }));
        }
        Object.prototype.lent = Object.prototype.free = 1;
        const shown = mish.Tensor.from([1, 2], { device });
        shown.data;
        const call = mish.mishAsync(shown);
        shown.dispose();
        await call;
        delete Object.prototype.lent;
        delete Object.prototype.free;
        console.log(tensor.readSync().length, mish.memory().inFlight);`);
    assert.equal(printed, '2 0');
  });
});
