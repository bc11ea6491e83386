// The addon checks what it is called with by itself: JavaScript above it checks too, so only a direct call
// shows that. A wrong call gives a status and writes nothing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mish, mishBackward, mishDoubleBackward } from 'node-mish';
import { addonFile, node, root, runToEnd, seamsFile } from '../support/repository.ts';

interface Addon {
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  readonly statuses: readonly string[];
  run(...args: readonly unknown[]): number;
  select(...args: readonly unknown[]): boolean;
  copy(...args: readonly unknown[]): number;
}

const require = createRequire(import.meta.url);
const missing = existsSync(addonFile) ? '' : ' (native-only: the addon is not built)';
const f32 = (length = 4) => new Float32Array(length).fill(7);

describe(`the addon by itself${missing}`, () => {
  let addon: Addon;
  before(function () {
    if (missing) this.skip();
    addon = require(addonFile) as Addon;
  });

  const op = (name: string) => addon.ops.indexOf(name);
  const dtype = (name: string) => addon.dtypes.indexOf(name);
  const status = (...args: readonly unknown[]) => addon.statuses[addon.run(...args)];
  const forward = (...operands: readonly unknown[]) =>
    status(op('forward'), dtype('float32'), ...operands);

  it('computes where all is right', () => {
    const out = f32();
    assert.equal(forward(new Float32Array(4), out), 'ok');
    assert.deepEqual(out, new Float32Array(4));
    assert.equal(forward(f32(0), f32(0)), 'empty');
  });

  it('takes a dtype of -1 for what the first operand is, where that says it', () => {
    for (const Elements of [Float32Array, Float64Array]) {
      const out = new Elements(4).fill(7);
      assert.equal(status(op('forward'), -1, new Elements(4), out), 'ok');
      assert.deepEqual(out, new Elements(4));
      assert.equal(status(op('forward'), -1, new Elements(0), new Elements(0)), 'empty');
    }
    const [singles, doubles, bits] = [f32(), new Float64Array(4), new Uint16Array(4)];
    assert.equal(status(op('forward'), -1, singles, doubles), 'argument');
    assert.equal(status(op('backward'), -1, doubles, doubles, singles), 'argument');
    assert.equal(status(op('forward'), -1, bits, bits.slice()), 'argument');
    assert.equal(status(op('forward'), -2, singles, f32()), 'argument');
    assert.deepEqual(singles, f32());
  });

  it('refuses operations and dtypes that there are not', () => {
    const out = f32();
    for (const wrong of [-2, 6, 99, 2 ** 31, '0', null, undefined, {}, 1n, Symbol('0')]) {
      assert.equal(status(wrong, dtype('float32'), f32(), out), 'argument', String(wrong));
      assert.equal(status(op('forward'), wrong, f32(), out), 'argument', String(wrong));
    }
    assert.deepEqual(out, f32());
    // Past the last dtype operands are taken for 16 bits, so that only the index can be wrong.
    const bits = new Uint16Array(64);
    const past = addon.dtypes.length;
    assert.equal(status(op('forward'), past, bits, bits.slice()), 'argument');
  });

  it('refuses operands of another kind', () => {
    const fakes = [{}, [1, 2, 3, 4], 1, 'abcd', null, undefined, new ArrayBuffer(16)];
    const proxy = new Proxy(f32(), {});
    const wrong = [new Float64Array(4), new Uint16Array(4), new Int32Array(4), Buffer.alloc(16)];
    for (const each of [...fakes, proxy, ...wrong, new DataView(new ArrayBuffer(16))]) {
      const out = f32();
      assert.equal(forward(each, out), 'argument');
      assert.equal(forward(f32(), each), 'argument');
      assert.deepEqual(out, f32());
    }
    assert.equal(forward(), 'argument');
    assert.equal(forward(f32()), 'argument');
    assert.equal(status(), 'argument');
    for (const half of ['float16', 'bfloat16']) {
      assert.equal(status(op('forward'), dtype(half), f32(), f32()), 'argument');
    }
  });

  it('refuses operands of several lengths, and writes to none', () => {
    const run = (...lengths: readonly number[]) => {
      const operands = lengths.map((length) => f32(length));
      const found = status(op('doubleBackward'), dtype('float32'), ...operands);
      for (const operand of operands) assert.ok(operand.every((element) => element === 7));
      return found;
    };
    for (let at = 0; at < 5; at++) {
      const lengths = [4, 4, 4, 4, 4];
      lengths[at] = 3;
      assert.equal(run(...lengths), 'length');
      lengths[at] = 5;
      assert.equal(run(...lengths), 'length');
    }
  });

  it('refuses memory that partly overlaps', () => {
    const memory = f32(8);
    const at = (begin: number) => memory.subarray(begin, begin + 4);
    assert.equal(forward(at(0), at(1)), 'overlap');
    assert.equal(forward(at(1), at(0)), 'overlap');
    const [add, both] = [op('backwardAccumulate'), op('doubleBackward')];
    assert.equal(status(add, dtype('float32'), at(0), at(4), at(0)), 'inputIsOutput');
    const inputs = [f32(), f32(), f32()];
    assert.equal(status(both, dtype('float32'), ...inputs, at(0), at(2)), 'overlap');
    assert.equal(status(both, dtype('float32'), ...inputs, at(0), at(0)), 'overlap');
    assert.deepEqual(memory, f32(8));
  });

  it('is asked once for a call on arrays that is right', () => {
    const asked: unknown[] = [];
    const { run } = addon;
    const counting = (...args: readonly unknown[]) => {
      asked.push(args[1]);
      return run(...args);
    };
    Object.assign(addon, { run: counting });
    try {
      const [x, dy, ddx] = [f32(), f32(), f32()];
      mish(x, { out: f32() });
      mish(new Float64Array(4), { out: new Float64Array(4) });
      mish(x, { out: f32(), precision: 'fast' });
      mishBackward(x, dy, { out: f32(), accumulate: true });
      mishDoubleBackward(x, dy, ddx, { out: { x: f32(), dy: f32() } });
      mish(x);
      mish(new Float64Array(100), { precision: 'exact' });
      mishBackward(x, dy, { precision: 'fast' });
      mishDoubleBackward(x, dy, ddx, { out: { dy: f32() } });
    } finally {
      Object.assign(addon, { run });
    }
    const fromFirst = -1;
    const fast = dtype('float32Fast');
    const withOut = [fromFirst, fromFirst, fast, fromFirst, fromFirst];
    assert.deepEqual(asked, [...withOut, fromFirst, fromFirst, fast, fromFirst]);
  });

  it('gives results of up to 64 bytes in arrays of their own', () => {
    for (const length of [1, 7, 16, 17, 100]) {
      const x = Float32Array.from({ length }, (_, i) => i - 3);
      const [first, second] = [mish(x), mish(x.map((value) => -value))];
      assert.notEqual(first.buffer, second.buffer);
      assert.equal(first.buffer.byteLength, 4 * length);
      assert.deepEqual(first, mish(x, { out: new Float32Array(length) }));
      const double = mishDoubleBackward(x, x, x);
      assert.notEqual(double.x.buffer, double.dy.buffer);
      const out = { x: new Float32Array(length), dy: new Float32Array(length) };
      assert.deepEqual(double, mishDoubleBackward(x, x, x, { out }));
    }
  });

  it('says what is wrong with the arguments where there is no memory for the result', () => {
    const code = `
      const [Real] = [Float32Array];
      globalThis.Float32Array = class extends Real {
        constructor(...args) {
          if (args[0] === 100) throw new RangeError('Array buffer allocation failed');
          super(...args);
        }
      };
      const { mish, mishBackward, mishDoubleBackward } = await import('node-mish');
      const [x, short] = [new Real(101).subarray(0, 100), new Real(99)];
      const codeOf = (call) => { try { call(); return 'none'; } catch ({ code }) { return code; } };
      console.log([
        codeOf(() => mishBackward(x, short)),
        codeOf(() => mishBackward(x, new Float64Array(100))),
        codeOf(() => mishDoubleBackward(x, x, x, { out: { x: x.subarray(1) } })),
        codeOf(() => mish(x, { precision: 'slow' })),
        codeOf(() => mish(x)),
      ].join(' '));`;
    assert.equal(
      node(['--input-type=module', '--eval', code]).trim(),
      'ERR_MISH_LENGTH ERR_MISH_DTYPE ERR_MISH_LENGTH ERR_MISH_ARGUMENT ERR_MISH_OOM',
    );
  });

  const copied = (...args: readonly unknown[]) => addon.statuses[addon.copy(...args)];

  it('copies every byte and no other, with plain and streaming stores', () => {
    const arrays = { float32: Float32Array, float64: Float64Array, bfloat16: Uint16Array };
    for (const [name, Elements] of Object.entries(arrays)) {
      for (let length = 0; length < 200; length++) {
        const begin = length % 7; // the target at any place in a cache line
        const source = new Elements(length + begin).map((_: number, i: number) => i + 1);
        const target = new Elements(length + begin + 40).fill(7);
        const part = target.subarray(begin, begin + length);
        assert.equal(
          copied(length % 3 > 0, dtype(name), source.subarray(begin), part),
          length > 0 ? 'ok' : 'empty',
        );
        assert.deepEqual(part, source.subarray(begin));
        assert.ok(target.subarray(0, begin).every((element) => element === 7));
        assert.ok(target.subarray(begin + length).every((element) => element === 7));
      }
    }
  });

  it('copies nothing where a call is wrong', () => {
    const memory = f32(8);
    const [a, b] = [memory.subarray(0, 4), memory.subarray(4)];
    const float32 = dtype('float32');
    for (const streaming of [0, 'true', null, undefined, {}]) {
      assert.equal(copied(streaming, float32, f32(), a), 'argument');
    }
    assert.equal(
      copied(true, addon.dtypes.length, new Uint16Array(4), new Uint16Array(4)),
      'argument',
    );
    assert.equal(copied(true, float32, new Float64Array(4), a), 'argument');
    assert.equal(copied(true, float32, f32()), 'argument');
    assert.equal(copied(false, float32, f32(5), a), 'length');
    assert.equal(copied(false, float32, memory.subarray(1, 5), a), 'overlap');
    assert.equal(copied(), 'argument');
    assert.deepEqual([...a, ...b], [...f32(8)]);
  });

  it('reads and writes no byte past the end of memory', () => {
    const script = `${root}build/test/support/children/memory-end.js`;
    const { exit, stdout, stderr } = runToEnd(process.execPath, [script]);
    assert.deepEqual([exit, stdout, stderr], [0, '552 calls on cpu', '']);
  });

  it('selects no level that there is not', () => {
    for (const wrong of ['', 'x86-64-v9', 'x86-64-v3x', 'x'.repeat(1e5), 3, null, undefined]) {
      assert.equal(addon.select(wrong), false);
    }
  });
});

describe('the levels of this CPU', () => {
  const noSeams = existsSync(seamsFile) ? '' : ' (the test build of the addon is not built)';
  const reason = process.arch === 'x64' ? noSeams : ' (x64 only)';
  const levels = (change: NodeJS.ProcessEnv): string =>
    node(['--eval', `console.log(require(${JSON.stringify(seamsFile)}).levels.join())`], change);

  // XCR0: bit 1 for XMM, 2 for the upper halves of YMM, 5 to 7 for what AVX-512 adds.
  const states: readonly (readonly [xcr0: number, hidden: readonly string[]])[] = [
    [0xe7, []],
    [0x07, ['x86-64-v4']],
    [0xe3, ['x86-64-v3', 'x86-64-v4']],
    [0x67, ['x86-64-v4']],
    [0x00, ['x86-64-v3', 'x86-64-v4']],
  ];
  for (const [xcr0, hidden] of states) {
    const seen = hidden.length > 0 ? `hide ${hidden.join(' and ')}` : 'hide nothing';
    it(`register states 0x${xcr0.toString(16)} of the operating system ${seen}${reason}`, function () {
      if (reason) this.skip();
      const all = levels({}).trim().split(',');
      const expected = all.filter((level) => !hidden.includes(level)).join();
      assert.equal(levels({ MISH_TEST_XCR0: String(xcr0) }).trim(), expected);
    });
  }
});
