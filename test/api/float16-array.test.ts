// Float16Array, where this Node has it: every operation in every form gives the bits that a Uint16Array of the
// same bits gives, and results are Float16Arrays.
import assert from 'node:assert/strict';
import { mish, mishBackward, Tensor } from 'node-mish';
import {
  type DeviceName,
  describeOnEachDevice,
  type OpCase,
  type Operand,
  opCases,
  plain,
  sample,
} from '../support/calls/calls.ts';
import { assertCode } from '../support/errors.ts';
import { assertSameBits, type Elements, everyHalf } from '../support/values/vectors.ts';

interface Half extends ArrayBufferView {
  readonly length: number;
}
type HalfConstructor = new (from: ArrayBufferLike | readonly number[]) => Half;
const { Float16Array } = globalThis as unknown as { readonly Float16Array?: HalfConstructor };
const missing = Float16Array ? '' : ' (this Node has no Float16Array)';

const any = (value: unknown): never => value as never;
const halves = (bits: Elements): Half => new Float16Array!(bits.slice().buffer);
const bitsOf = ({ buffer, byteOffset, length }: Half) =>
  new Uint16Array(buffer, byteOffset, length);

/**
 * Node-API of Node 24.3 leaves the type of a Float16Array as memory has it, so perhaps as that of the array
 * before: nothing may come between the two calls.
 */
function afterFloat32Test(op: OpCase, device: DeviceName): void {
  const length = 64;
  const bits = [1, 2, 3].slice(0, op.inputs).map((seed) => sample('float16', length, seed));
  const start = sample('float16', length, 11);
  const expected = plain(op, 'float16', device, bits, start);
  const memory = expected.map(() => new Uint16Array(4 * length).fill(7));
  const part = Float16Array as unknown as new (...from: readonly unknown[]) => Half;
  const outs = memory.map(({ buffer }) => new part(buffer, 0, length)) as unknown as Operand[];
  const singles = bits.map(() => new Float32Array(length));
  const singleOuts = outs.map(() => new Float32Array(length));
  const inputs = bits.map(halves) as unknown as Operand[];
  const options = { device };
  for (let turn = 0; turn < 20_000; turn++) {
    for (const all of memory) all.set(start as Uint16Array);
    op.call(singles, options, singleOuts);
    op.call(inputs, options, outs);
    for (const [i, all] of memory.entries()) {
      assert.equal(all[length], 7, 'written past its end');
      if (turn % 1000 === 0) assertSameBits(all.subarray(0, length), expected[i]!, op.name);
    }
  }
}

function formsTest(op: OpCase, device: DeviceName): void {
  const inputs = [everyHalf(), ...[5, 7].map((seed) => sample('float16', 65_536, seed))];
  const bits = inputs.slice(0, op.inputs) as Elements[];
  const start = sample('float16', 65_536, 11);
  const expected = plain(op, 'float16', device, bits, start);
  const check = (results: readonly unknown[], form: string) => {
    results.forEach((result, i) => {
      assert.ok(result instanceof Float16Array!, form);
      assertSameBits(bitsOf(result), expected[i]!, form);
    });
  };
  const operands = () => bits.map((input) => halves(input) as unknown as Operand);
  const outs = () => expected.map(() => halves(start) as unknown as Operand);
  const given = outs();
  const returned = op.call(operands(), { device }, given);
  returned.forEach((result, i) => {
    assert.equal(result, given[i]);
  });
  check(returned, 'out');
  check(op.call(operands(), { device, dtype: 'float16' }, outs()), 'out, with its dtype');
  if (op.accumulates) return;
  check(op.call(operands(), { device }), 'new');
  const inPlace = operands();
  check(op.call(inPlace, { device }, [inPlace[0]]), 'in place');
}

describeOnEachDevice(`Float16Array${missing}`, (device) => {
  before(function () {
    if (missing) this.skip();
  });
  for (const op of opCases) it(op.name, () => formsTest(op, device));
  for (const op of opCases) it(`${op.name} after float32`, () => afterFloat32Test(op, device));
});

describe(`Float16Array beside other arrays${missing}`, () => {
  before(function () {
    if (missing) this.skip();
  });

  it('holds float16, and no other dtype', () => {
    const x = new Float16Array!([1, 2]);
    assertCode('ERR_MISH_DTYPE', () => mish(any(x), { dtype: 'bfloat16' }));
    assertCode('ERR_MISH_DTYPE', () => mish(any(x), any({ dtype: 'float32' })));
    assertCode('ERR_MISH_DTYPE', () => mish(any(x), { out: any(new Uint16Array(2)) }));
    assertCode('ERR_MISH_DTYPE', () => mishBackward(any(x), any(new Float32Array(2))));
    assertCode('ERR_MISH_ARGUMENT', () => mish(any(x), { precision: 'fast' }));
  });

  it('is what Tensor.from, wrap and write take', () => {
    const x = new Float16Array!([1, -2.5]);
    assert.deepEqual(Tensor.from(any(x)).toArray(), [1, -2.5]);
    const wrapped: Tensor = Tensor.wrap(any(x));
    assert.equal(wrapped.dtype, 'float16');
    wrapped.write(any(new Float16Array!([3, 4])));
    assert.deepEqual(Array.from(x as unknown as number[]), [3, 4]);
  });
});
