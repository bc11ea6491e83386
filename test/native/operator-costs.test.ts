// Costs of inferCost beside native kernels: operations and bytes, counted by a program that is compiled from
// them (count.cc). operators/costs.test.ts has the JavaScript kernels.
import assert from 'node:assert/strict';
import type { DType } from 'node-mish';
import { type OperatorCost, operators } from 'node-mish/operators';
import { costOf } from '../support/calls/operator-cost.ts';
import { lackOf, runProgram } from '../support/native/programs.ts';
import { dtypeNames } from '../support/values/vectors.ts';

/** By operation and dtype, for each element. */
type Counts = Readonly<Record<string, Readonly<Record<DType, OperatorCost>>>>;

const kernels = {
  Mish: 'forward',
  MishGradient: 'backward',
  MishDoubleBackward: 'doubleBackward',
} as const;

const lacking = lackOf('count');

describe(`costs of operators, counted in the native kernels${lacking}`, () => {
  let counts: Counts;
  before(function () {
    if (lacking) this.skip();
    counts = JSON.parse(runProgram('count').stdout) as Counts;
  });

  for (const { type } of Object.values(operators)) {
    for (const dtype of dtypeNames) {
      it(`${type} ${dtype}`, () => {
        assert.deepEqual(costOf(type, dtype, []), counts[kernels[type]]![dtype]);
      });
    }
  }
});
