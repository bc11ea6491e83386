// Costs of inferCost: accesses to elements by the JavaScript kernels, counted one by one; and costs and types of any
// size. native/operator-costs.test.ts has the native kernels.
import assert from 'node:assert/strict';
import type { DType } from 'node-mish';
import { costOf } from '../support/calls/operator-cost.ts';
import { assertCode } from '../support/errors.ts';
import { root } from '../support/repository.ts';
import { dtypeNames } from '../support/values/vectors.ts';

// The compiled modules, as the package's bundle keeps to itself with which arrays it looks at memory.
const modules = `${root}build/src/`;
const { Tensor }: typeof import('node-mish') = await import(`${modules}index.js`);
const { getOperator, operators }: typeof import('node-mish/operators') = await import(
  `${modules}operators.js`
);
const all = Object.values(operators);

// ---------------------------------------------------------------- JavaScript kernels
type ArrayConstructor = new (...args: readonly unknown[]) => object;
type Layouts = Readonly<Record<DType, { array: ArrayConstructor }>>;

const { dtypes } = (await import(`${modules}base/dtype.js`)) as { dtypes: Layouts };

const isIndex = (key: PropertyKey) => typeof key === 'string' && /^\d+$/.test(key);

/** Elements read and written through views that the package makes while `body` runs. */
function countAccesses(dtype: DType, body: () => void): { reads: number; writes: number } {
  const counts = { reads: 0, writes: 0 };
  const { array: Elements } = dtypes[dtype];
  const handler: ProxyHandler<object> = {
    get(target, key) {
      if (isIndex(key)) counts.reads++;
      return Reflect.get(target, key, target);
    },
    set(target, key, value) {
      if (isIndex(key)) counts.writes++;
      return Reflect.set(target, key, value, target);
    },
  };
  /** New memory, of one argument, is as ever. */
  function Counting(...args: readonly unknown[]): object {
    const elements = new Elements(...args);
    return args.length === 1 ? elements : new Proxy(elements, handler);
  }
  dtypes[dtype].array = Counting as unknown as ArrayConstructor;
  try {
    body();
  } finally {
    dtypes[dtype].array = Elements;
  }
  return counts;
}

describe('costs of operators, counted in the JavaScript kernels', () => {
  const shape = [37, 61]; // more than two blocks
  const elementBytes = { float32: 4, float64: 8, float16: 2, bfloat16: 2 };

  for (const { type, schema } of all) {
    for (const dtype of dtypeNames) {
      it(`${type} ${dtype}`, () => {
        const make = () => Tensor.zeros(shape, { dtype, device: 'js' });
        const inputs = Array.from({ length: schema.numInputs.max }, make);
        const bytes = elementBytes[dtype];
        const { bytesRead, bytesWritten } = costOf(type, dtype, shape);
        for (const outputs of [undefined, schema.outputs.map(make)]) {
          const call = { inputs, ...(outputs && { outputs }) };
          const { reads, writes } = countAccesses(dtype, () => getOperator(type).run(call));
          assert.deepEqual([reads * bytes, writes * bytes], [bytesRead, bytesWritten]);
        }
      });
    }
  }
});

// ---------------------------------------------------------------- sizes
describe('inferTypes and inferCost', () => {
  for (const { type, schema } of all) {
    it(`${type}: types of outputs are that of X, and cost grows with elements`, () => {
      for (const dtype of dtypeNames) {
        const shape = [3, 1, 5];
        const inputs = new Array(schema.numInputs.max).fill({ dtype, shape });
        const outputs = schema.outputs.map(() => ({ dtype, shape }));
        assert.deepEqual(getOperator(type).inferTypes(inputs), outputs);
        const one = costOf(type, dtype, []);
        const times15 = Object.entries(one).map(([name, value]) => [name, 15 * value]);
        assert.deepEqual(costOf(type, dtype, shape), Object.fromEntries(times15));
      }
    });

    it(`${type}: no elements cost nothing`, () => {
      const nothing = { flops: 0, bytesRead: 0, bytesWritten: 0 };
      assert.deepEqual(costOf(type, 'float64', [2 ** 40, 0, 2 ** 40]), nothing);
    });

    it(`${type}: exact up to 2^53 - 1, and an error past it`, () => {
      const { flops } = costOf(type, 'float32', []);
      const most = Math.floor(Number.MAX_SAFE_INTEGER / flops);
      const exact = BigInt(most) * BigInt(flops);
      assert.equal(BigInt(costOf(type, 'float32', [most]).flops), exact);
      for (const elements of [most + 1, Number.MAX_SAFE_INTEGER]) {
        const call = () => costOf(type, 'float32', [elements]);
        assert.match(
          assertCode('ERR_MISH_LENGTH', call).message,
          /^flops: .*2\^53 - 1; got number/,
        );
      }
    });
  }

  it('a Tensor is a type, and a shape is copied', () => {
    const t = Tensor.zeros([2, 3], { dtype: 'float16' });
    assert.deepEqual(operators.Mish.inferTypes([t]), [{ dtype: 'float16', shape: [2, 3] }]);
    const shape = [2, 3];
    const [y] = operators.Mish.inferTypes([{ dtype: 'float32', shape }]);
    shape[0] = 9;
    assert.deepEqual(y, { dtype: 'float32', shape: [2, 3] });
    assert.ok(Object.isFrozen(y) && Object.isFrozen(y.shape));
  });
});
