// Bad input to operators that run or infer: each a clear error with its code, which names the argument, and
// nothing is written.
import assert from 'node:assert/strict';
import { backend, type MishErrorCode, Tensor } from 'node-mish';
import { getOperator, Mish, MishDoubleBackward, MishGradient } from 'node-mish/operators';
import { titleOf, unusable } from '../support/calls/calls.ts';
import { assertCode, nowhere, nowhereCode } from '../support/errors.ts';

const any = (value: unknown): never => value as never;
const x = () => Tensor.from([1, 2, 3, 4]);
const f64 = () => Tensor.from([1, 2, 3, 4], { dtype: 'float64' });
const column = () => Tensor.from([[1], [2], [3], [4]]);

function disposed(): Tensor<'float32'> {
  const tensor = x();
  tensor.dispose();
  return tensor;
}

function detached(): Tensor<'float32'> {
  const array = new Float32Array(4);
  const tensor = Tensor.wrap(array);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return tensor;
}

/** A Device whose id is read, as the first thing of a call, when `act` runs. */
const acting = (act: () => void) =>
  any({
    get id() {
      act();
      return backend.name === 'native' ? 'cpu' : 'js';
    },
  });

const run = (inputs: unknown, more: object = {}) => Mish.run(any({ inputs, ...more }));
const gradient = (inputs: unknown, more: object = {}) => MishGradient.run(any({ inputs, ...more }));
const double = (outputs: unknown) =>
  MishDoubleBackward.run(any({ inputs: [x(), x(), x()], outputs }));

type Row = readonly [code: MishErrorCode, name: string, call: () => unknown, message: RegExp];

const calls: readonly Row[] = [
  [
    'ERR_MISH_OPERATOR',
    'nothing',
    () => Mish.run(any(undefined)),
    /^inputs: expected \[X\] of Mish/,
  ],
  ['ERR_MISH_ARGUMENT', 'null', () => Mish.run(any(null)), /^call: expected a plain object/],
  ['ERR_MISH_ARGUMENT', 'a tensor', () => Mish.run(any(x())), /^call: expected a plain object/],
  ['ERR_MISH_ARGUMENT', 'an option', () => run([x()], { out: x() }), /^call: unknown option 'out'/],
  ['ERR_MISH_OPERATOR', 'a bare tensor', () => run(x()), /^inputs: expected \[X\].*got an Object/],
  ['ERR_MISH_OPERATOR', 'no inputs', () => run([]), /^inputs: .*got an array of 0. Pass exactly/],
  ['ERR_MISH_OPERATOR', 'two of one', () => run([x(), x()]), /^inputs: .*got an array of 2/],
  [
    'ERR_MISH_OPERATOR',
    'one of two',
    () => gradient([x()]),
    /^inputs: .*\[X, Y, dY\] or \[X, dY\]/,
  ],
  ['ERR_MISH_OPERATOR', 'four of three', () => gradient([x(), x(), x(), x()]), /an array of 4/],
  [
    'ERR_MISH_OPERATOR',
    'no outputs',
    () => run([x()], { outputs: [] }),
    /^outputs: .*\[Y\] of Mish/,
  ],
  ['ERR_MISH_OPERATOR', 'two outputs', () => run([x()], { outputs: [x(), x()] }), /^outputs: /],
  ['ERR_MISH_OPERATOR', 'one of two outputs', () => double([x()]), /^outputs: .*\[gradX, gradDY\]/],
  ['ERR_MISH_OPERATOR', 'a bare output', () => run([x()], { outputs: x() }), /^outputs: /],
  [
    'ERR_MISH_ARGUMENT',
    'an array',
    () => run([Float32Array.of(1)]),
    /^inputs\[0\] \(X\): .*Tensor/,
  ],
  ['ERR_MISH_ARGUMENT', 'a number', () => run([1]), /^inputs\[0\] \(X\): expected a Tensor; got n/],
  ['ERR_MISH_ARGUMENT', 'a hole', () => run(new Array(1)), /^inputs\[0\] \(X\): .*got undefined/],
  ['ERR_MISH_ARGUMENT', 'a Proxy', () => run([new Proxy(x(), {})]), /^inputs\[0\] \(X\): /],
  ['ERR_MISH_ARGUMENT', 'null dY', () => gradient([x(), x(), null]), /^inputs\[2\] \(dY\): .*null/],
  ['ERR_MISH_ARGUMENT', 'null Y', () => gradient([x(), null, x()]), /^inputs\[1\] \(Y\): .*null/],
  [
    'ERR_MISH_ARGUMENT',
    'null output',
    () => run([x()], { outputs: [null] }),
    /^outputs\[0\] \(Y\): /,
  ],
  [
    'ERR_MISH_DTYPE',
    'another dY',
    () => gradient([x(), f64()]),
    /^inputs\[1\] \(dY\): .*float32.*cast/,
  ],
  [
    'ERR_MISH_DTYPE',
    'another Y',
    () => gradient([x(), f64(), x()]),
    /^inputs\[1\] \(Y\): .*float32/,
  ],
  ['ERR_MISH_DTYPE', 'another output', () => double([x(), f64()]), /^outputs\[1\] \(gradDY\): /],
  ['ERR_MISH_SHAPE', 'a shape', () => gradient([x(), column()]), /^inputs\[1\] \(dY\): .*reshape/],
  [
    'ERR_MISH_SHAPE',
    "Y's shape",
    () => gradient([x(), column(), x()]),
    /^inputs\[1\] \(Y\): .*\[4\]/,
  ],
  [
    'ERR_MISH_SHAPE',
    'of an output',
    () => run([x()], { outputs: [column()] }),
    /^outputs\[0\] \(Y\)/,
  ],
  ['ERR_MISH_DISPOSED', 'X', () => run([disposed()]), /^inputs\[0\] \(X\): .*disposed/],
  ['ERR_MISH_DISPOSED', 'Y', () => gradient([x(), disposed(), x()]), /^inputs\[1\] \(Y\): /],
  ['ERR_MISH_DISPOSED', 'an output', () => double([disposed(), x()]), /^outputs\[0\] \(gradX\): /],
  ['ERR_MISH_DETACHED', 'X', () => run([detached()]), /^inputs\[0\] \(X\): /],
  ['ERR_MISH_DETACHED', 'Y', () => gradient([x(), detached(), x()]), /^inputs\[1\] \(Y\): /],
  ['ERR_MISH_ARGUMENT', 'a device', () => run([x()], { device: 'gpu' }), /^device: expected 'js'/],
  [nowhereCode(), 'cuda', () => run([x()], { device: nowhere }), /^device 'cuda:9999' cannot be/],
  [
    'ERR_MISH_ARGUMENT',
    'precision',
    () => run([x()], { precision: 'best' }),
    /^precision: expected/,
  ],
  [
    'ERR_MISH_ARGUMENT',
    'fast float64',
    () => run([f64()], { precision: 'fast' }),
    /^precision: 'fast'/,
  ],
];

/** A type, as inferTypes and inferCost take it. */
const type = (shape: unknown = [2], dtype: unknown = 'float32', more = {}) => ({
  dtype,
  shape,
  ...more,
});
const infer = (...types: readonly unknown[]) => MishGradient.inferTypes(any(types));

const types: readonly Row[] = [
  [
    'ERR_MISH_OPERATOR',
    'no list',
    () => Mish.inferTypes(any(type())),
    /^inputs: expected \[X\] of M/,
  ],
  ['ERR_MISH_OPERATOR', 'one of two', () => infer(type()), /^inputs: .*got an array of 1/],
  ['ERR_MISH_OPERATOR', 'four', () => infer(type(), type(), type(), type()), /an array of 4/],
  [
    'ERR_MISH_ARGUMENT',
    'null',
    () => infer(null, type()),
    /^inputs\[0\] \(X\): expected a plain obj/,
  ],
  ['ERR_MISH_ARGUMENT', 'a property', () => infer(type([2], 'float32', { a: 1 }), type()), /'a'/],
  [
    'ERR_MISH_DTYPE',
    'a dtype',
    () => infer(type([2], 'int8'), type()),
    /^inputs\[0\] \(X\).dtype: /,
  ],
  [
    'ERR_MISH_DTYPE',
    'no type',
    () => infer(undefined, type()),
    /^inputs\[0\] \(X\).dtype: .*undefined/,
  ],
  [
    'ERR_MISH_DTYPE',
    'two',
    () => infer(type(), type([2], 'float64')),
    /^inputs\[1\] \(dY\): .*float32/,
  ],
  [
    'ERR_MISH_SHAPE',
    'a number',
    () => infer(type(2), type()),
    /^inputs\[0\] \(X\).shape: .*an array/,
  ],
  [
    'ERR_MISH_SHAPE',
    'rank 33',
    () => infer(type(new Array(33).fill(1)), type()),
    /\(X\).shape: .*32/,
  ],
  [
    'ERR_MISH_LENGTH',
    'an extent',
    () => infer(type([-1]), type()),
    /^inputs\[0\] \(X\).shape\[0\]: /,
  ],
  [
    'ERR_MISH_LENGTH',
    '2^54',
    () => infer(type([2 ** 27, 2 ** 27]), type()),
    /\(X\).shape: the product/,
  ],
  ['ERR_MISH_SHAPE', 'of Y', () => infer(type(), type([3]), type()), /^inputs\[1\] \(Y\): .*\[2\]/],
];

describe('bad input to operators', () => {
  for (const [code, name, call, message] of [...calls, ...types]) {
    it(`${name}: ${code}`, () => {
      assert.match(assertCode(code, call, name).message, message);
    });
  }

  it('partial overlap and two outputs in one memory: ERR_MISH_OVERLAP', () => {
    const whole = Tensor.from([1, 2, 3, 4, 5]);
    const [a, b] = [whole.subarray(0, 4), whole.subarray(1, 5)];
    const { message } = assertCode('ERR_MISH_OVERLAP', () =>
      Mish.run({ inputs: [a], outputs: [b] }),
    );
    assert.match(message, /^outputs: expected memory/);
    assertCode('ERR_MISH_OVERLAP', () => double([x().reshape([4]), a].map(() => a)));
    assert.deepEqual(whole.toArray(), [1, 2, 3, 4, 5]);
  });

  it('dX in the memory of Y, all or a part: ERR_MISH_OVERLAP, as Y is not looked at', () => {
    const whole = Tensor.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const [y, beside] = [whole.subarray(0, 4), whole.subarray(4, 8)];
    const refused = [y, y.reshape([4]), whole.subarray(2, 6)];
    for (const output of refused) {
      const call = () => MishGradient.run({ inputs: [x(), y, x()], outputs: [output] });
      const { message } = assertCode('ERR_MISH_OVERLAP', call);
      assert.match(message, /^outputs\[0\] \(dX\): .* apart from inputs\[1\] \(Y\); .*Leave Y out/);
    }
    assert.deepEqual(whole.toArray(), [1, 2, 3, 4, 5, 6, 7, 8]);
    MishGradient.run({ inputs: [x(), y, x()], outputs: [beside] });
    MishGradient.run({ inputs: [x(), x()], outputs: [y] });
  });

  it('a getter that disposes a tensor under way: ERR_MISH_DISPOSED', () => {
    const [a, b, c] = [x(), x(), x()];
    const call = { inputs: [a, b, c], device: acting(() => b.dispose()) } as const;
    assertCode('ERR_MISH_DISPOSED', () => MishGradient.run(call));
    const inputs = Object.defineProperty([a, c], 1, {
      get() {
        a.dispose();
        return c;
      },
    });
    assertCode('ERR_MISH_DISPOSED', () => getOperator('MishGradient').run({ inputs }));
  });

  it('a polluted Object.prototype is no argument', () => {
    const victim = x();
    const prototype = Object.prototype as Record<string, unknown>;
    const pollution = { outputs: [victim], device: 'cuda', precision: 'best', shape: [9] };
    Object.assign(prototype, pollution);
    try {
      assert.notEqual(Mish.run({ inputs: [x()] })[0], victim);
      assertCode('ERR_MISH_SHAPE', () => Mish.inferTypes(any([{ dtype: 'float32' }])));
    } finally {
      for (const name of Object.keys(pollution)) delete prototype[name];
    }
    assert.deepEqual(victim.toArray(), [1, 2, 3, 4]);
  });
});

describe(titleOf('operators between two devices, js and', 'cpu'), () => {
  before(function () {
    if (unusable('cpu')) this.skip();
  });
  const on = (device: 'js' | 'cpu') => Tensor.from([1, 2], { device });

  it('refuse with ERR_MISH_DEVICE_MISMATCH, and write nothing', () => {
    const out = on('js');
    const mismatches: readonly (readonly [RegExp, () => unknown])[] = [
      [
        /^inputs\[1\] \(dY\): .*cpu, where x lives; got js.*to\(\)/,
        () => gradient([on('cpu'), on('js')]),
      ],
      [/^inputs\[1\] \(Y\): /, () => gradient([on('cpu'), on('js'), on('cpu')])],
      [/^outputs\[0\] \(Y\): /, () => run([on('cpu')], { outputs: [out] })],
      [
        /^device: expected device js, where x lives; got cpu/,
        () => run([on('js')], { device: 'cpu' }),
      ],
    ];
    for (const [message, call] of mismatches) {
      assert.match(assertCode('ERR_MISH_DEVICE_MISMATCH', call).message, message);
    }
    assert.deepEqual(out.toArray(), [1, 2]);
  });
});
