// The level that NODE_MISH_ISA names is the one that runs, and rounds correctly; a wrong name is an error at
// the first call. That bits are the same on every level is settings/equal-bits.test.ts's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { backend } from 'node-mish';
import {
  lacking,
  levelNames,
  levelOfOtherCpus,
  named,
  notLoaded,
  usableLevels,
} from '../support/addon/levels.ts';
import type { Rounding } from '../support/children/rounding.ts';
import { node, root, seamsFile } from '../support/repository.ts';

function rounding(change: NodeJS.ProcessEnv): Rounding {
  return JSON.parse(node([`${root}build/test/support/children/rounding.js`], change));
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

function noSeams(): string | undefined {
  if (process.arch !== 'x64') return 'x64 only';
  return existsSync(seamsFile) ? undefined : 'build/seams/node-mish.node is missing';
}

describe('the test build of the addon', () => {
  const reason = noSeams();
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
