// Definitions are plain data: what validateDef accepts, what it refuses and how it says so; and what gradients
// getMishGradient makes of them, under which names.
import assert from 'node:assert/strict';
import type { MishErrorCode } from 'node-mish';
import {
  type GradientOptions,
  getMishGradient,
  getOperator,
  type OperatorDef,
  operators,
  validateDef,
} from 'node-mish/operators';
import { assertCode } from '../support/errors.ts';

const any = (value: unknown): never => value as never;
const mishDef: OperatorDef = { type: 'Mish', inputs: ['X'], outputs: ['Y'] };
const gradientDef: OperatorDef = {
  type: 'MishGradient',
  inputs: ['X', 'Y', 'dY'],
  outputs: ['dX'],
};
const doubleDef: OperatorDef = {
  type: 'MishDoubleBackward',
  inputs: ['X', 'dY', 'ddX'],
  outputs: ['gradX', 'gradDY'],
};

// ---------------------------------------------------------------- schemas
describe('operators', () => {
  it('are found by type', () => {
    for (const [type, operator] of Object.entries(operators)) {
      assert.equal(getOperator(type), operator);
      assert.equal(operator.type, type);
    }
    const message = assertCode('ERR_MISH_OPERATOR', () => getOperator('Relu')).message;
    assert.match(
      message,
      /^type: expected 'Mish', 'MishGradient', 'MishDoubleBackward'; got .*Relu/,
    );
    for (const type of ['toString', '__proto__', 'mish', '', null, 3, ['Mish'], Symbol('Mish')]) {
      assertCode('ERR_MISH_OPERATOR', () => getOperator(any(type)));
    }
  });

  it('are frozen to the last word', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    assert.ok(frozen(operators));
  });

  it('say what they take and give', () => {
    const figures = Object.values(operators).map(({ type, schema }) => {
      const names = (operands: typeof schema.inputs) => operands.map(({ name }) => name).join();
      const { min, max } = schema.numInputs;
      return [type, min, max, schema.numOutputs, names(schema.inputs), names(schema.outputs)];
    });
    assert.deepEqual(figures, [
      ['Mish', 1, 1, 1, 'X', 'Y'],
      ['MishGradient', 2, 3, 1, 'X,Y,dY', 'dX'],
      ['MishDoubleBackward', 3, 3, 2, 'X,dY,ddX', 'gradX,gradDY'],
    ]);
    assert.deepEqual(operators.MishGradient.schema.inPlace, [
      ['X', 'dX'],
      ['dY', 'dX'],
    ]);
    for (const { schema } of Object.values(operators)) {
      assert.ok([schema, ...schema.inputs, ...schema.outputs].every(({ doc }) => doc.length > 5));
    }
  });

  it('only Mish is in ONNX', () => {
    const { doc, ...onnx } = operators.Mish.onnx;
    assert.deepEqual(onnx, { name: 'Mish', domain: '', sinceOpsets: [18, 22] });
    assert.match(doc, /opset 22 adds bfloat16/);
    assert.ok(!('onnx' in operators.MishGradient) && !('onnx' in operators.MishDoubleBackward));
  });
});

// ---------------------------------------------------------------- valid definitions
const valid: Readonly<Record<string, unknown>> = {
  'of Mish': mishDef,
  'in place': { type: 'Mish', inputs: ['X'], outputs: ['X'] },
  'of MishGradient': gradientDef,
  'of MishGradient without Y': { type: 'MishGradient', inputs: ['X', 'dY'], outputs: ['dY'] },
  'of MishGradient over X': { type: 'MishGradient', inputs: ['X', 'Y', 'dY'], outputs: ['X'] },
  'of MishDoubleBackward': doubleDef,
  'in place twice': { ...doubleDef, outputs: ['ddX', 'X'] },
  'on one blob': { type: 'MishGradient', inputs: ['X', 'X', 'X'], outputs: ['Y'] },
  'with a device that is not here': { ...mishDef, deviceOption: 'cuda:7' },
  'with a name': { ...mishDef, deviceOption: 'auto', name: 'layer 1' },
  'with blobs of any name': { type: 'Mish', inputs: ['__proto__'], outputs: ['constructor'] },
};

describe('validateDef', () => {
  for (const [name, def] of Object.entries(valid)) {
    it(`accepts a definition ${name}, also from JSON`, () => {
      const checked = validateDef(def);
      assert.deepEqual(checked, def);
      assert.deepEqual(validateDef(JSON.parse(JSON.stringify(checked))), def);
      for (const part of [checked, checked.inputs, checked.outputs])
        assert.ok(Object.isFrozen(part));
    });
  }

  it('accepts objects without a prototype, and Proxies, and takes each property once', () => {
    assert.deepEqual(validateDef(Object.assign(Object.create(null), mishDef)), mishDef);
    const reads: PropertyKey[] = [];
    const handler: ProxyHandler<object> = {
      get(target, key, receiver) {
        reads.push(key);
        return Reflect.get(target, key, receiver);
      },
    };
    assert.deepEqual(validateDef(new Proxy(mishDef, handler)), mishDef);
    assert.deepEqual(reads, ['type', 'inputs', 'outputs']);
    const names = ['X', 'not X'];
    const changing = {
      get 0() {
        return names.shift();
      },
    };
    const inputs = Object.defineProperties(
      ['', ''].slice(1),
      Object.getOwnPropertyDescriptors(changing),
    );
    assert.deepEqual(validateDef({ ...mishDef, inputs }), mishDef);
  });

  it('leaves out what is undefined', () => {
    const def = { ...mishDef, deviceOption: undefined, name: undefined };
    assert.deepEqual(Object.keys(validateDef(def)), ['type', 'inputs', 'outputs']);
  });
});

// ---------------------------------------------------------------- wrong definitions
const withInputs = (inputs: unknown) => ({ ...mishDef, inputs });
const withOutputs = (outputs: unknown) => ({ ...mishDef, outputs });

/** [what is wrong, the definition, what the message says] */
const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['nothing', undefined, /^def.type: expected 'Mish', .*; got undefined/],
  ['null', null, /^def: expected a plain object.*; got null/],
  ['text', '{"type":"Mish"}', /^def: expected a plain object.*; got string/],
  ['an array', [mishDef], /^def: expected a plain object.*; got an Array/],
  ['a Map', new Map(Object.entries(mishDef)), /^def: expected a plain object.*; got a Map/],
  ['inherited properties', Object.create(mishDef), /^def: expected a plain object/],
  ['an operator', operators.Mish, /^def: unknown option 'schema'; known here: type, inputs/],
  ['an unknown property', { ...mishDef, arg: [] }, /^def: unknown option 'arg'; known here/],
  ['__proto__ in JSON', JSON.parse('{"__proto__":{}}'), /^def: unknown option '__proto__'/],
  [
    'an unknown type',
    { ...mishDef, type: 'Relu' },
    /^def.type: expected 'Mish', .*got string 'Relu'/,
  ],
  ['a type of Object', { ...mishDef, type: 'valueOf' }, /^def.type: .*got string 'valueOf'/],
  ['no inputs', withInputs(undefined), /^def.inputs: expected \[X\] of Mish; got undefined/],
  ['inputs as text', withInputs('X'), /^def.inputs: expected \[X\] of Mish; got string 'X'/],
  ['array-like inputs', withInputs({ 0: 'X', length: 1 }), /^def.inputs: .*got an Object/],
  ['too few inputs', withInputs([]), /^def.inputs: .*got an array of 0. Pass exactly these/],
  ['too many inputs', withInputs(['X', 'Z']), /^def.inputs: .*got an array of 2/],
  ['2^32 inputs', withInputs(new Array(2 ** 32 - 1)), /^def.inputs: .*got an array of 4294967295/],
  [
    'sparse inputs',
    withInputs(new Array(1)),
    /^def.inputs\[0\] \(X\): expected the name.*undefined/,
  ],
  ['an empty name', withInputs(['']), /^def.inputs\[0\] \(X\): expected the name.*got string ''/],
  ['a number as name', withInputs([0]), /^def.inputs\[0\] \(X\): expected the name.*got number 0/],
  ['a String as name', withInputs([Object('X')]), /^def.inputs\[0\] \(X\): .*got a String/],
  ['too few outputs', withOutputs([]), /^def.outputs: expected \[Y\] of Mish; got an array of 0/],
  ['too many outputs', withOutputs(['Y', 'Z']), /^def.outputs: .*got an array of 2/],
  ['an empty output', withOutputs(['']), /^def.outputs\[0\] \(Y\): expected the name/],
  [
    'one input of MishGradient',
    { ...gradientDef, inputs: ['X'] },
    /^def.inputs: expected \[X, Y, dY\] or \[X, dY\] of MishGradient; got an array of 1/,
  ],
  [
    'four of them',
    { ...gradientDef, inputs: ['X', 'Y', 'dY', 'Z'] },
    /^def.inputs: .* of MishGradient; got an array of 4/,
  ],
  [
    'one output twice',
    { ...doubleDef, outputs: ['a', 'a'] },
    /^def.outputs\[1\] \(gradDY\): expected a blob of its own; got 'a', which is def.outputs\[0\] \(gradX\)/,
  ],
  [
    'dX over Y',
    { ...gradientDef, outputs: ['Y'] },
    /^def.outputs\[0\] \(dX\): .* than def.inputs\[1\] \(Y\); got 'Y' .* may be X or dY, or leave Y out/,
  ],
  [
    'dX over dY that is Y too',
    { ...gradientDef, inputs: ['X', 'dY', 'dY'], outputs: ['dY'] },
    /^def.outputs\[0\] \(dX\): .* than def.inputs\[1\] \(Y\)/,
  ],
  ['no device', { ...mishDef, deviceOption: 'gpu' }, /^def.deviceOption: expected 'js', .*'gpu'/],
  ['a Device', { ...mishDef, deviceOption: { id: 'js' } }, /^def.deviceOption: .*take its id/],
  ['null as device', { ...mishDef, deviceOption: null }, /^def.deviceOption: .*got null/],
  ['an empty device', { ...mishDef, deviceOption: '' }, /^def.deviceOption: .*got string ''/],
  ['a number as name', { ...mishDef, name: 1 }, /^def.name: expected a string; got number 1/],
];

describe('wrong definitions', () => {
  for (const [name, def, message] of wrong) {
    it(`${name}: ERR_MISH_OPERATOR`, () => {
      assert.match(assertCode('ERR_MISH_OPERATOR', () => validateDef(def)).message, message);
      assertCode('ERR_MISH_OPERATOR', () => getMishGradient(any(def)));
    });
  }
});

// ---------------------------------------------------------------- gradients

/** [the definition, its options, inputs and outputs of the gradient] */
const gradients: readonly (readonly [OperatorDef, GradientOptions | undefined, string, string])[] =
  [
    [mishDef, undefined, 'X,Y,Y_grad', 'X_grad'],
    [mishDef, { gradients: { Y: 'dY' } }, 'X,Y,dY', 'X_grad'],
    [mishDef, { gradients: { Y: 'dY', X: 'dX' } }, 'X,Y,dY', 'dX'],
    [mishDef, { gradients: { Y: 'g', X: 'g' } }, 'X,Y,g', 'g'], // in place, as they asked for
    [mishDef, { gradients: { X: 'Y_grad' } }, 'X,Y,Y_grad_1', 'Y_grad'],
    [{ ...mishDef, inputs: ['Y_grad'] }, undefined, 'Y_grad,Y,Y_grad_1', 'Y_grad_grad'],
    [{ ...mishDef, outputs: ['X_grad'] }, undefined, 'X,X_grad,X_grad_grad', 'X_grad_1'],
    [gradientDef, undefined, 'X,dY,dX_grad', 'X_grad,dY_grad'],
    [{ ...gradientDef, inputs: ['X', 'dY'] }, undefined, 'X,dY,dX_grad', 'X_grad,dY_grad'],
    [getMishGradient(mishDef), undefined, 'X,Y_grad,X_grad_grad', 'X_grad_1,Y_grad_grad'],
    [{ ...gradientDef, inputs: ['X', 'Y', 'X'] }, undefined, 'X,X,dX_grad', 'X_grad,X_grad_1'],
    [
      { ...gradientDef, inputs: ['X', 'X_grad_1', 'dY'], outputs: ['X_grad'] },
      { gradients: { dY: 'X_grad_2' } },
      'X,dY,X_grad_grad',
      'X_grad_3,X_grad_2',
    ],
    [
      { ...mishDef, inputs: ['__proto__'] },
      { gradients: JSON.parse('{"__proto__":"constructor"}') },
      '__proto__,Y,Y_grad',
      'constructor',
    ],
  ];

describe('getMishGradient', () => {
  for (const [def, options, inputs, outputs] of gradients) {
    it(`of ${def.inputs} -> ${def.outputs}: ${inputs} -> ${outputs}`, () => {
      const gradient = getMishGradient(JSON.parse(JSON.stringify(def)), options);
      assert.deepEqual([gradient.inputs.join(), gradient.outputs.join()], [inputs, outputs]);
      const type = def.type === 'Mish' ? 'MishGradient' : 'MishDoubleBackward';
      assert.equal(gradient.type, type);
      assert.deepEqual(validateDef(JSON.parse(JSON.stringify(gradient))), gradient);
    });
  }

  it('copies the device, and not the name', () => {
    const gradient = getMishGradient({ ...mishDef, deviceOption: 'cuda:1', name: 'a' });
    assert.equal(gradient.deviceOption, 'cuda:1');
    assert.deepEqual(Object.keys(gradient), ['type', 'inputs', 'outputs', 'deviceOption']);
  });

  const over = (def: OperatorDef, output: string) => ({ ...def, outputs: [output] });
  const refused: readonly (readonly [string, MishErrorCode, unknown, unknown, RegExp])[] = [
    ['Mish in place', 'ERR_MISH_OPERATOR', over(mishDef, 'X'), {}, /^def: expected X to stay.*'X'/],
    ['dX over X', 'ERR_MISH_OPERATOR', over(gradientDef, 'X'), {}, /^def: expected X to stay/],
    ['dX over dY', 'ERR_MISH_OPERATOR', over(gradientDef, 'dY'), {}, /^def: expected dY to stay/],
    [
      'third order',
      'ERR_MISH_UNSUPPORTED',
      doubleDef,
      {},
      /^def: there is no gradient.*second order/,
    ],
    ['an option', 'ERR_MISH_ARGUMENT', mishDef, { names: {} }, /unknown option 'names'.*gradients/],
    ['no options', 'ERR_MISH_ARGUMENT', mishDef, null, /^options: expected a plain object/],
    ['no names', 'ERR_MISH_ARGUMENT', mishDef, { gradients: ['a'] }, /^gradients: .*got an Array/],
    ['another blob', 'ERR_MISH_ARGUMENT', mishDef, { gradients: { Z: 'a' } }, /'Z'; .*here: Y, X/],
    ['no name', 'ERR_MISH_OPERATOR', mishDef, { gradients: { X: '' } }, /^gradients\['X'\]: /],
    [
      'dX over Y',
      'ERR_MISH_OPERATOR',
      mishDef,
      { gradients: { X: 'Y' } },
      /^gradients\['X'\]: .*got 'Y'/,
    ],
    ['Y as its gradient', 'ERR_MISH_OPERATOR', mishDef, { gradients: { Y: 'X' } }, /'Y'.*got 'X'/],
    [
      ...(['one name twice', 'ERR_MISH_OPERATOR', gradientDef] as const),
      ...([{ gradients: { X: 'g', dY: 'g' } }, /^gradient.outputs\[1\] \(gradDY\)/] as const),
    ],
  ];
  for (const [name, code, def, options, message] of refused) {
    it(`${name}: ${code}`, () => {
      const call = () => getMishGradient(any(def), any(options));
      assert.match(assertCode(code, call).message, message);
    });
  }
});
