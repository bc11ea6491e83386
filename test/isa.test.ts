// The level that NODE_MISH_ISA names is the one that runs, and rounds correctly; a wrong name is an error at
// the first call. Bits are the same in any floating-point mode that a thread may be in. That they are the
// same on every level is equal-bits.test.ts's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { backend } from 'node-mish';
import { newElements, sample } from './support/calls.ts';
import {
  lacking,
  levelNames,
  levelOfOtherCpus,
  named,
  notLoaded,
  usableLevels,
} from './support/levels.ts';
import { node, root, seamsFile } from './support/repository.ts';
import type { Rounding } from './support/rounding.ts';
import { assertSameBits, dtypeNames, type Elements } from './support/vectors.ts';

const require = createRequire(import.meta.url);

function rounding(change: NodeJS.ProcessEnv): Rounding {
  return JSON.parse(node([`${root}build/test/support/rounding.js`], change));
}

// ---------------------------------------------------------------- levels

describe('NODE_MISH_ISA', () => {
  it('unset: the best level, nothing misrounded', () => {
    const { isa, misrounded } = rounding({});
    assert.equal(isa, usableLevels()[0]);
    assert.equal(misrounded, 0);
  });

  for (const level of levelNames) {
    const reason = lacking(level);
    it(named(`${level}: runs, nothing misrounded`, reason), function () {
      if (reason) this.skip();
      assert.deepEqual(rounding({ NODE_MISH_ISA: level }), { isa: level, misrounded: 0 });
    });
  }

  const code = (argument: string) =>
    node(['--input-type=module', '--eval', `${firstCall}${argument}`], {
      NODE_MISH_ISA: 'nonsense',
    });
  it('nonsense: no error at import', () => {
    assert.equal(code('console.log("imported", typeof mish)'), 'imported function\n');
  });
  for (const call of ['mish(1)', 'mish(new Float32Array(1))', 'Tensor.zeros([2])']) {
    it(`nonsense: ERR_MISH_ARGUMENT at the first call, ${call}`, () => {
      assert.equal(code(`attempt(() => ${call})`), 'ERR_MISH_ARGUMENT TypeError\n');
    });
  }
  const other = levelOfOtherCpus();
  const none = backend.name === 'native' ? 'it has all' : notLoaded;
  it(
    named('a level that this CPU lacks: ERR_MISH_ARGUMENT', other ? undefined : none),
    function () {
      if (other === undefined) this.skip();
      const script = `${firstCall}attempt(() => mish(1))`;
      const printed = node(['--input-type=module', '--eval', script], { NODE_MISH_ISA: other });
      assert.equal(printed, 'ERR_MISH_ARGUMENT TypeError\n');
    },
  );
});

const firstCall = `
  import { mish, Tensor } from 'node-mish';
  const attempt = (f) => {
    try { f(); console.log('no error'); } catch (e) { console.log(e.code, e.constructor.name); }
  };
`;

// ---------------------------------------------------------------- the test build

/** build/seams/node-mish.node: the addon, and the floating-point mode of the thread. */
interface Seams {
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  readonly levels: readonly string[];
  select(isa: string): boolean;
  run(op: number, dtype: number, ...operands: readonly Elements[]): number;
  fpMode(): number;
  setFpMode(bits: number): void;
}

/** Inputs and outputs of each operation. */
const operands: Readonly<Record<string, readonly [inputs: number, outputs: number]>> = {
  forward: [1, 1],
  derivative: [1, 1],
  secondDerivative: [1, 1],
  backward: [2, 1],
  backwardAccumulate: [2, 1],
  doubleBackward: [3, 2],
};

function noSeams(): string | undefined {
  if (process.arch !== 'x64') return 'x64 only';
  return existsSync(seamsFile) ? undefined : 'build/seams/node-mish.node is missing';
}

const defaultMode = 0x1f80;
const control = 0xffc0; // all but the flags that operations leave behind
const modes = { 'flush to zero, denormals are zero': 0x8040, 'round up': 0x4000 };

/** Elements of which many, and many results, are subnormal. */
function withSubnormals(dtype: (typeof dtypeNames)[number], seed: number): Elements {
  const elements = sample(dtype, 999, seed);
  const tiny = { float32: 2 ** -149, float64: 2 ** -1074 } as Readonly<Record<string, number>>;
  const tail = { float32: -92, float64: -720, float16: 0xcb00, bfloat16: 0xc2b8 }[dtype];
  elements.forEach((_, i) => {
    if (i % 3 === 1) elements[i] = (tiny[dtype] ?? 1) * (i + 1);
    if (i % 3 === 2) elements[i] = tail + (tiny[dtype] ? -i / 100 : i % 8);
  });
  return elements;
}

interface Task {
  readonly op: number;
  readonly dtype: number;
  readonly inputs: readonly Elements[];
  readonly outs: readonly Elements[];
}

/** One of each, its memory made beforehand: no JavaScript arithmetic in a strange mode. */
function tasks(addon: Seams): Task[] {
  return dtypeNames.flatMap((name) =>
    Object.entries(operands).map(([op, [inputs, outputs]]) => ({
      op: addon.ops.indexOf(op),
      dtype: addon.dtypes.indexOf(name),
      inputs: [1, 5, 7].slice(0, inputs).map((seed) => withSubnormals(name, seed)),
      outs: Array.from({ length: outputs }, () => newElements(name, 999).fill(1)),
    })),
  );
}

/** Runs each task in that mode; the modes found after each. */
function runIn(mode: number, addon: Seams, all: readonly Task[]): number[] {
  const found: number[] = all.map(() => 0);
  try {
    for (const [i, { op, dtype, inputs, outs }] of all.entries()) {
      addon.setFpMode(mode);
      addon.run(op, dtype, ...inputs, ...outs);
      found[i] = addon.fpMode() & control;
    }
  } finally {
    addon.setFpMode(defaultMode);
  }
  return found;
}

function modeTest(level: string, bits: number): void {
  const addon = require(seamsFile) as Seams;
  assert.ok(addon.select(level));
  assert.deepEqual(new Set(addon.ops), new Set(Object.keys(operands)));
  const [expected, actual] = [tasks(addon), tasks(addon)];
  runIn(defaultMode, addon, expected);
  const found = runIn(defaultMode | bits, addon, actual);
  assert.deepEqual(new Set(found), new Set([defaultMode | bits]), 'the mode is the caller’s again');
  actual.forEach(({ op, dtype, outs }, i) => {
    outs.forEach((out, output) => {
      const name = `${addon.ops[op]} ${addon.dtypes[dtype]}`;
      assertSameBits(out, expected[i]!.outs[output]!, name);
    });
  });
}

describe('the test build of the addon', () => {
  const reason = noSeams();
  for (const [name, bits] of Object.entries(modes)) {
    for (const level of ['x86-64-v3', 'x86-64-v4']) {
      const missing = reason ?? lacking(level);
      it(named(`MXCSR ${name}: unchanged bits on ${level}, and mode`, missing), function () {
        if (missing) this.skip();
        modeTest(level, bits);
      });
    }
  }

  it(named('setFpMode sets the mode that fpMode tells', reason), function () {
    if (reason) this.skip();
    const addon = require(seamsFile) as Seams;
    addon.setFpMode(defaultMode | modes['flush to zero, denormals are zero']);
    const mode = addon.fpMode() & control;
    addon.setFpMode(defaultMode);
    assert.equal(mode, defaultMode | 0x8040);
    assert.equal(addon.fpMode() & control, defaultMode);
  });

  const levels = (limit: string) => {
    const script = `console.log(require(${JSON.stringify(seamsFile)}).levels.join())`;
    return node(['--eval', script], { MISH_TEST_X86_64_LEVEL: limit }).trim();
  };
  it(named('MISH_TEST_X86_64_LEVEL=1: no levels', reason), function () {
    if (reason) this.skip();
    assert.equal(levels('1'), '');
  });
  it(named('MISH_TEST_X86_64_LEVEL=3: at most x86-64-v3', reason), function () {
    if (reason) this.skip();
    const all = levels('9').split(',');
    assert.equal(levels('3'), all.filter((level) => level === 'x86-64-v3').join());
  });
});
