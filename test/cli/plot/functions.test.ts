// What the plot draws: activations against known values and their own differences, and the features of
// Mish against figures from 60-digit arithmetic.
import assert from 'node:assert/strict';
import {
  activationNames,
  activations,
  erfc,
  features,
  type Name,
} from '../../support/cli/picture.ts';

const near = (value: number, expected: number, bound: number, what: string) =>
  assert.ok(Math.abs(value - expected) <= bound, `${what}: ${value}, expected ${expected}`);

const alike = (value: number, expected: number, what: string) =>
  near(value, expected, 1e-12 * Math.abs(expected), what);

describe('erfc', () => {
  const known: readonly (readonly [x: number, value: number])[] = [
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [1.9999, 0.004679802092970608],
    [2, 0.004677734981047266],
    [2.5, 0.0004069520174449589],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
    [26, 5.663192408856143e-296],
    [-1, 1.8427007929497148],
    [-3, 1.9999779095030015],
    [-40, 2],
    [40, 0],
  ];
  it('has the known values, small ones too, to 1e-12 of their size', () => {
    for (const [x, value] of known) alike(erfc(x), value, `erfc(${x})`);
  });
});

describe('the activations of the plot', () => {
  const orders = [0, 1, 2] as const;

  it('are those that the command names', () => {
    assert.deepEqual(activationNames, [
      ...['relu', 'leaky-relu', 'swish', 'silu', 'gelu', 'softplus', 'elu', 'tanh', 'sigmoid'],
    ]);
    assert.deepEqual(Object.keys(activations), activationNames);
  });

  it('have known values', () => {
    const known: readonly (readonly [Name, 0 | 1 | 2, x: number, value: number])[] = [
      ['relu', 0, 3, 3],
      ['leaky-relu', 0, -2, -0.02],
      ['swish', 0, 1, 0.7310585786300049],
      ['swish', 1, 0, 0.5],
      ['swish', 2, 0, 0.5],
      ['gelu', 0, 1, 0.8413447460685429],
      ['gelu', 1, 0, 0.5],
      ['gelu', 2, 0, 0.7978845608028654],
      ['softplus', 0, 0, Math.LN2],
      ['softplus', 2, 0, 0.25],
      ['elu', 0, -1, -0.6321205588285577],
      ['silu', 0, 1, 0.7310585786300049],
      ['tanh', 0, 1, 0.7615941559557649],
      ['tanh', 1, 1, 0.41997434161402614],
      ['tanh', 2, 1, -0.6397000084492246],
      ['sigmoid', 0, 1, 0.7310585786300049],
      ['sigmoid', 1, 1, 0.19661193324148185],
      ['sigmoid', 2, 1, -0.09085774767294841],
    ];
    for (const [name, order, x, value] of known) {
      alike(activations[name].orders[order](x), value, `${name} ${order} at ${x}`);
    }
  });

  it('have at 0 the value of their left piece', () => {
    const at0 = (name: Name) => activations[name].orders.map((f) => f(0));
    assert.deepEqual(at0('relu'), [0, 0, 0]);
    assert.deepEqual(at0('leaky-relu'), [0, 0.01, 0]);
    assert.deepEqual(at0('elu'), [0, 1, 1]);
  });

  it('keep their digits in the tails, and have a value everywhere', () => {
    alike(activations.gelu.orders[0](-10), -7.619853024160593e-23, 'gelu');
    alike(activations.swish.orders[0](-700), -6.90177358063184e-302, 'swish');
    alike(activations.softplus.orders[0](-40), 4.248354255291589e-18, 'softplus');
    alike(activations.softplus.orders[2](40), 4.248354255291589e-18, "softplus''");
    alike(activations.tanh.orders[1](-40), 7.219405551381661e-35, "tanh'");
    alike(activations.elu.orders[0](-1e-10), -9.9999999995e-11, 'elu');
    for (const name of activationNames) {
      const { orders: functions } = activations[name];
      for (const x of [-1e6, -1000, -745, -40, 40, 745, 1000, 1e6]) {
        for (const f of functions) assert.ok(Number.isFinite(f(x)), `${name} at ${x}`);
        if (x < -700) near(functions[1](x), name === 'leaky-relu' ? 0.01 : 0, 1e-9, name);
        const isFlat = name === 'tanh' || name === 'sigmoid';
        if (x > 700) near(functions[1](x), isFlat ? 0 : 1, 1e-9, name);
      }
    }
  });

  for (const name of activationNames) {
    it(`of which ${name} has the derivatives that its differences have`, () => {
      const h = 1e-5;
      for (const order of orders.slice(0, 2) as (0 | 1)[]) {
        const [f, slope] = [activations[name].orders[order], activations[name].orders[order + 1]!];
        // Off 0, where some are in two pieces.
        for (let x = -7.95; x < 8; x += 0.1) {
          near(slope(x), (f(x + h) - f(x - h)) / (2 * h), 2e-9, `${name} ${order + 1} at ${x}`);
        }
      }
    });
  }
});

describe('the features of Mish', () => {
  const [min, left, right] = [-1.192431214515495, -2.256376396360793, 1.490571179485428];
  const expected = [
    [0, 'root', 0, 0],
    [0, 'minimum', min, -0.30884341301725],
    [0, 'inflection', left, -0.22399561277849739],
    [0, 'inflection', right, 1.3931150446477976],
    [1, 'root', min, 0],
    [1, 'minimum', left, -0.1125261223894626],
    [1, 'maximum', right, 1.0884981612517279],
    [2, 'root', left, 0],
    [2, 'root', right, 0],
    [2, 'minimum', -3.267337846520405, -0.04173207070661102],
    [2, 'maximum', -0.0879344313149142, 0.644204637236972],
    [2, 'minimum', 2.114842563020877, -0.0590333569539363],
  ] as const;

  it('are all found, and right to ten digits', () => {
    const found = features(2, [-1e6, 1e6]);
    assert.deepEqual(
      found.map(({ order, kind }) => [order, kind]),
      expected.map(([order, kind]) => [order, kind]),
    );
    for (const [i, [, kind, x, y]] of expected.entries()) {
      near(found[i]!.x, x, 1e-9, `${kind} ${i}, x`);
      near(found[i]!.y, y, 1e-14, `${kind} ${i}, y`);
    }
  });

  it('are those of the orders asked for, the ends of the range included', () => {
    assert.equal(features(0, [-10, 10]).length, 4);
    assert.equal(features(1, [-10, 10]).length, 7);
    const [root, minimum] = features(0, [-10, 10]);
    assert.deepEqual(features(0, [minimum!.x, root!.x]), [root, minimum]);
  });
});
