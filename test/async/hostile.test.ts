// Hostile use of memory while a job has it: give it away, shrink it, grow it, write to it from
// elsewhere. Each in a process of its own, which has to live and to get the bits of the synchronous call, or
// this library's error.
import assert from 'node:assert/strict';
import { jobPrelude } from '../support/calls/async-calls.ts';
import { usableDevices } from '../support/calls/calls.ts';
import { printedBy } from '../support/child.ts';

const cases: readonly (readonly [title: string, body: string, printed: string])[] = [
  [
    'an array that is transferred away under a job was copied',
    `const xs = Array.from({ length: 20 }, ramp);
     const calls = xs.map((x) => mish.mishAsync(x, { device }));
     for (const x of xs) structuredClone(x.buffer, { transfer: [x.buffer] });
     console.log((await Promise.all(calls)).every(same), xs[0].length);`,
    'true 0',
  ],
  [
    'a resizable buffer that shrinks under a job was copied, or given away',
    `const make = () => {
       const buffer = new ArrayBuffer(4 * n, { maxByteLength: 8 * n });
       const x = new Float32Array(buffer);
       x.set(ramp());
       return x;
     };
     const [a, b] = [make(), make()];
     const [of, given] = [a.buffer, b.buffer];
     const calls = [mish.mishAsync(a, { device }), mish.mishAsync(b, { device, transfer: true })];
     of.resize(0);
     let refused = '';
     try { given.resize(0); } catch (error) { refused = error.name; }
     const results = await Promise.all(calls);
     const fine = results.every(same);
     results[1].buffer.resize(0);
     console.log(fine, refused, await codeOf(mish.mishAsync(results[1], { device })));`,
    'true TypeError ERR_MISH_DETACHED',
  ],
  [
    'WebAssembly memory that grows under a job was copied, and cannot be taken away',
    `const memory = new WebAssembly.Memory({ initial: 4 * n / 65536, maximum: 1000 });
     const x = new Float32Array(memory.buffer, 0, n);
     x.set(ramp());
     const given = await mish.mishAsync(x, { device, transfer: true }).catch((error) => error);
     const fine = given instanceof Float32Array ? same(given) : given.code === 'ERR_MISH_ARGUMENT';
     const call = mish.mishAsync(x, { device });
     memory.grow(1);
     console.log(fine, same(await call), x.length);`,
    'true true 0',
  ],
  [
    'shared WebAssembly memory and growable SharedArrayBuffers may grow under a job',
    `const memory = new WebAssembly.Memory({ initial: 4 * n / 65536, maximum: 1000, shared: true });
     const x = new Float32Array(memory.buffer, 0, n);
     const growable = new Float32Array(new SharedArrayBuffer(4 * n, { maxByteLength: 8 * n }));
     for (const each of [x, growable]) each.set(ramp());
     const calls = [x, growable].map((each) => mish.mishAsync(each, { device }));
     memory.grow(1);
     growable.buffer.grow(8 * n);
     const results = await Promise.all(calls);
     console.log(results.every(same), results.map((y) => y.length === n).join());`,
    'true true,true',
  ],
  [
    'an array marked as untransferable is copied, or refused and kept',
    `const { markAsUntransferable } = await import('node:worker_threads');
     const [a, b] = [ramp(), ramp()];
     markAsUntransferable(a.buffer);
     markAsUntransferable(b.buffer);
     const copied = same(await mish.mishAsync(a, { device }));
     const given = await mish.mishAsync(b, { device, transfer: true }).catch((error) => error);
     const fine = given instanceof Float32Array ? same(given) : given.code === 'ERR_MISH_ARGUMENT';
     console.log(copied, fine, b.length === n);`,
    'true true true',
  ],
  [
    'a getter of the options that takes x away is read before x is',
    `const x = ramp();
     const options = { device, get precision() {
       structuredClone(x.buffer, { transfer: [x.buffer] });
       return 'exact';
     } };
     console.log(await codeOf(mish.mishAsync(x, options)), mish.memory().inFlight);`,
    'ERR_MISH_DETACHED 0',
  ],
  [
    'a getter of the options that calls again has its own call',
    `let inner;
     const x = ramp();
     const options = { device, get transfer() {
       inner = mish.mishAsync(x, { device, transfer: true });
       return true;
     } };
     console.log(await codeOf(mish.mishAsync(x, options)), same(await inner));`,
    'ERR_MISH_DETACHED true',
  ],
  [
    'subclasses with a faked length, foreign realms, proxies and fakes',
    `const vm = await import('node:vm');
     class Liar extends Float32Array {
       get length() { return 1e9; }
       get buffer() { return new ArrayBuffer(8); }
       get byteOffset() { return 4; }
     }
     const liar = new Liar(ramp());
     const foreign = vm.runInNewContext('Float32Array.from(x)', { x: ramp() });
     const results = [
       same(await mish.mishAsync(liar, { device })),
       same(await mish.mishAsync(liar, { device, transfer: true })),
       same(await mish.mishAsync(foreign, { device })),
       same(await mish.mishAsync(foreign, { device, transfer: true })),
     ];
     const fakes = [new Proxy(ramp(), {}), Object.create(Float32Array.prototype), Object.create(mish.Tensor.prototype)];
     const codes = await Promise.all(fakes.map((fake) => codeOf(mish.mishAsync(fake, { device }))));
     await codeOf(mish.mishAsync(ramp(), { device, signal: new Proxy(new AbortController().signal, {}) }));
     await codeOf(mish.mishAsync(ramp(), { device, signal: Object.create(AbortSignal.prototype) }));
     console.log(results.join(), codes.join(), mish.memory().inFlight);`,
    'true,true,true,true ERR_MISH_ARGUMENT,ERR_MISH_ARGUMENT,ERR_MISH_ARGUMENT 0',
  ],
  [
    'a foreign `this` is no Tensor',
    `const { prototype } = mish.Tensor;
     const names = ['mish', 'release', 'dispose', 'readSync', 'clone'];
     const thrown = names.map((name) => {
       try { prototype[name].call({}); } catch (error) { return error.name; }
     });
     console.log(thrown.join(), await codeOf(prototype.read.call({})) !== 'fine');`,
    'TypeError,TypeError,TypeError,TypeError,TypeError true',
  ],
  [
    'a polluted Object.prototype is no option',
    `const out = new Float32Array(new SharedArrayBuffer(4 * n));
     const x = ramp();
     await mish.mishAsync(x); // Node itself cannot make a worker under a prototype with an aborted signal
     Object.assign(Object.prototype, { transfer: true, out, signal: AbortSignal.abort(), device: 'cuda' });
     const calls = [mish.mishAsync(x), mish.mishAsync(x, {}), mish.mishAsync(mish.Tensor.wrap(x))];
     for (const name of ['transfer', 'out', 'signal', 'device']) delete Object.prototype[name];
     const [a, b, t] = await Promise.all(calls);
     console.log(a.length === n, b.length === n, t.size === n, x.length === n, out.every((each) => each === 0));`,
    'true true true true true',
  ],
  [
    'two jobs on one out: each element is of one of them, or of the one after the other',
    `const out = new Float32Array(new SharedArrayBuffer(4 * n));
     const [a, b] = [ramp(), ramp().fill(1)];
     const calls = [];
     for (let i = 0; i < 10; i++) calls.push(mish.mishAsync(a, { device, out }), mish.mishAsync(b, { device, out }));
     await Promise.all(calls);
     const [ya, yb] = [mish.mish(a, { device }), mish.mish(b, { device })];
     console.log(out.every((y, i) => Object.is(y, ya[i]) || Object.is(y, yb[i])));`,
    'true',
  ],
  [
    'shared memory that another worker writes to meanwhile',
    `const x = new Float32Array(new SharedArrayBuffer(4 * n));
     const worker = new Worker(
       'const { parentPort, workerData } = require("node:worker_threads");' +
       'const x = new Uint32Array(workerData); parentPort.postMessage("on");' +
       'for (let i = 1; ; i = (i * 1664525 + 1013904223) >>> 0) x[i % x.length] = i;',
       { eval: true, execArgv: [], workerData: x.buffer });
     await new Promise((resolve) => worker.once('message', resolve));
     for (let i = 0; i < 20; i++) await mish.mishAsync(x, { device, out: x });
     const y = await mish.mishAsync(x, { device });
     const z = await mish.mishBackwardAsync(x, x, { device });
     await worker.terminate();
     console.log(y.length === n, z.length === n);`,
    'true true',
  ],
  [
    'a Tensor that is disposed twice, and during a job',
    `const t = mish.Tensor.from(ramp(), { device });
     const call = mish.mishAsync(t);
     t.dispose();
     t.dispose();
     t[Symbol.dispose]?.();
     const y = await call;
     const fine = same(y.readSync());
     y.dispose();
     y.dispose();
     const { pooled, ...rest } = mish.memory(); // a device keeps what is freed for later
     console.log(fine, JSON.stringify(rest));`,
    'true {"tensors":0,"bytes":{},"inFlight":0}',
  ],
  [
    'memory that nobody else refers to is kept while a job has it',
    `const calls = [];
     for (let i = 0; i < 30; i++) {
       calls.push(mish.mishAsync(ramp(), { device, transfer: i % 2 === 0 }));
       calls.push(mish.mishAsync(mish.Tensor.from(ramp(), { device })));
       if (i % 5 === 0) gc();
     }
     for (let i = 0; i < 5; i++) { gc(); await setTimeout(1); new Uint8Array(2 ** 24).fill(i); }
     console.log((await Promise.all(calls)).every((y) => same(y.readSync?.() ?? y)));`,
    'true',
  ],
  [
    'a promise that is never awaited, and one that nobody handles, are as other promises',
    `let unhandled = 0;
     process.on('unhandledRejection', (error) => { unhandled += error.code === 'ERR_MISH_ARGUMENT'; });
     mish.mishAsync(ramp(), { device });
     mish.mishAsync('no array');
     await mish.mishAsync(ramp(), { device });
     await setTimeout(1);
     console.log(unhandled, mish.memory().inFlight);`,
    '1 0',
  ],
];

for (const device of usableDevices) {
  describe(`memory under a job on ${device}`, () => {
    for (const [title, body, expected] of cases) {
      it(title, () => {
        assert.equal(printedBy(`${jobPrelude(device)}${body}`), expected);
      });
    }
  });
}
