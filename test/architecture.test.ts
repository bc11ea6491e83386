// Who may know whom, in src/, binding/ and cuda/; and what every source file keeps: a first line that says what
// it is, at most 300 lines, nothing outside the repository. Each rule is shown to fail when broken.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  architectureProblems,
  type Packages,
  type Sources,
  textProblems,
} from './support/architecture.ts';
import { root, runToEnd } from './support/repository.ts';

const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

function filesUnder(directory: string): string[] {
  return readdirSync(`${root}${directory}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length));
}

const sourcesOf = (paths: readonly string[]): Sources =>
  Object.fromEntries(paths.map((path) => [path, read(path)]));

function packagesOf(packageJson: string): Packages {
  const { dependencies = {}, peerDependenciesMeta = {} } = JSON.parse(packageJson) as {
    dependencies?: object;
    peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  };
  const peers = Object.entries(peerDependenciesMeta).filter(([, { optional }]) => optional);
  return { dependencies: Object.keys(dependencies), optional: peers.map(([name]) => name) };
}

/** Files that git has or would add; the file's bytes say whether it is text. */
function repositoryTexts(): Sources {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { exit, stdout } = runToEnd('git', args, { cwd: root });
  assert.equal(exit, 0);
  const paths = stdout.split('\n').filter((path) => path && existsSync(`${root}${path}`));
  const sources = sourcesOf(paths);
  return Object.fromEntries(Object.entries(sources).filter(([, text]) => !text.includes('\0')));
}

describe('the architecture', () => {
  it('has every dependency in its direction', () => {
    const sources = sourcesOf(['src', 'binding', 'cuda'].flatMap(filesUnder));
    assert.ok(Object.keys(sources).length > 20);
    assert.deepEqual(architectureProblems(sources, packagesOf(read('package.json'))), []);
  });

  const missing = existsSync(`${root}.git`) ? '' : ' (no git checkout to list the files of)';
  it(`has source files that say what they are, are short, need nothing from outside${missing}`, function () {
    if (missing) this.skip();
    assert.deepEqual(textProblems(repositoryTexts()), []);
  });
});

// ---- each rule broken: [what it is called, the files, what must be said]
const broken: readonly (readonly [string, Sources, RegExp])[] = [
  ['an upward import', { 'src/device/device.ts': "import { mish } from './mish.ts';" }, /above/],
  ['an upward type', { 'src/base/dtype.ts': "import type { T } from './tensor.ts';" }, /above/],
  ['an upward re-export', { 'src/base/errors.ts': "export * from './index.ts';" }, /above/],
  [
    'a value from backend.ts',
    { 'src/backend/native/cpu.ts': "import { a } from '../backend.ts';" },
    /above/,
  ],
  [
    'a side effect, over several lines',
    { 'src/base/shape.ts': "import {\n  a,\n  b,\n} from './tensor.ts';" },
    /shape.ts imports src\/tensor.ts, which is above/,
  ],
  [
    'a backend in tensor.ts',
    { 'src/tensor/tensor.ts': "import { jsBackend } from './backend/js.ts';" },
    /only backend.ts may/,
  ],
  [
    'a type of a backend',
    { 'src/api/mish.ts': "import type { A } from './backend/cpu.ts';" },
    /only b/,
  ],
  [
    'native.ts in tensor-core.ts',
    { 'src/tensor/run.ts': "import { loadNative } from './native.ts';" },
    /only backend\/cpu, backend\/cuda, backend-info may/,
  ],
  [
    "the addon's types in mish.ts",
    { 'src/api/mish.ts': "import type { Addon } from './addon.ts';" },
    /only native, backend\/cpu/,
  ],
  ['the list of binaries', { 'src/api/mish.ts': "import p from './prebuilds.cjs';" }, /prebuilds.cjs/],
  ['a dynamic import', { 'src/api/mish.ts': "await import('./native.ts');" }, /only backend\/cpu/],
  ['a file without a place', { 'src/extra.ts': '' }, /extra.ts is in no layer/],
  ['an import without a place', { 'src/api/mish.ts': "import './extra.ts';" }, /in no layer/],
  [
    'a cycle',
    {
      'src/device/device.ts': "import { a } from './memory.ts';",
      'src/device/memory.ts': "import { b } from './device.ts';",
    },
    /cycle: device -> memory -> device/,
  ],
  [
    'an optional package as if it were there',
    { 'src/api/mish.ts': "import { Resvg } from 'optional';" },
    /'optional', which may be missing/,
  ],
  ['a devDependency', { 'src/api/mish.ts': "import x from 'mocha';" }, /imports 'mocha'/],
  ['a bare builtin', { 'src/api/mish.ts': "import fs from 'fs';" }, /imports 'fs'/],
  ['no such builtin', { 'src/api/mish.ts': "import fs from 'node:nothing';" }, /'node:nothing'/],
  ['a file outside', { 'src/api/mish.ts': "import p from '../package.json';" }, /package.json'/],
  ['binaries', { 'src/api/mish.ts': 'process.dlopen(m, f);' }, /touches binaries/],
  ['Node-API in math', { 'binding/math/a.h': '#include <napi.h>' }, /plain C headers/],
  ['C++ headers in math', { 'binding/math/a.h': '#include <vector>' }, /plain C headers/],
  ['math that looks up', { 'binding/math/a.h': '#include "../ops.h"' }, /siblings only/],
  [
    'Node-API in cpu',
    { 'binding/cpu/a.cc': '  #  include <node_api.h>' },
    /does not know Node-API/,
  ],
  ['seams.cc in cpu', { 'binding/cpu/a.cc': '#include "../seams.cc"' }, /math, ops.h and seams.h/],
  [
    'a call of Node-API in cpu',
    { 'binding/cpu/a.cc': 'napi_throw(e);' },
    /only addon, async, operands and cuda/,
  ],
  ['mathematics in addon.cc', { 'binding/node/addon.cc': '#include "math/mish.h"' }, /mathematics/],
  ['mathematics in cuda.cc', { 'binding/cuda_a.cc': '#include "math/mish.h"' }, /mathematics/],
  ['Node-API in cuda', { 'cuda/a.cc': '#include <napi.h>' }, /cuda does not know Node-API/],
  [
    'a call of Node-API in a kernel',
    { 'cuda/a.cu': 'napi_throw(e);' },
    /only addon, async, operands and cuda/,
  ],
  ['the pool in cuda', { 'cuda/a.h': '#include "../binding/cpu/pool.h"' }, /cpu\/thread.h only/],
  ['the binding in cuda', { 'cuda/a.cc': '#include "../binding/cuda.h"' }, /cpu\/thread.h only/],
  ['cuda in cpu', { 'binding/cpu/a.cc': '#include "../../cuda/gpu.h"' }, /math, ops.h and seams.h/],
];

const allowed: Sources = {
  'src/backend/js/js.ts': "import type { B } from '../backend.ts';\nimport fs from 'node:fs';",
  'src/backend/registry.ts':
    "// import { mish } from './mish.ts';\nimport { jsBackend } from './backend/js.ts';",
  'src/backend/native/load.ts': "import p from './prebuilds.cjs';\nprocess.dlopen(m, f);",
  'src/device/memory.ts': "import type { D } from './device.ts';\nawait import('optional');",
  'src/device/device.ts': "import { m } from './memory.ts';",
  'binding/math/a.h': '#include <stdint.h>\n#include "bits.h"',
  'binding/cpu/a.cc': '#include "../math/mish.h"\n#include "../ops.h"\n// napi_value',
  'binding/node/addon.cc': '#include <napi.h>\n#include "cpu/isa.h"\nnapi_value v;',
  'binding/node/cuda/calls.cc': '#include <node_api.h>\n#include "../cuda/plan.h"\nnapi_value v;',
  'cuda/a.cu':
    '#include <stdint.h>\n#include "../binding/math/mish.h"\n#include "../binding/ops.h"\n#include "b.h"',
  'cuda/a.cc': '#include "../binding/seams.h"\n#include "../binding/cpu/thread.h"',
};

const line = '// A file that says in its first line what it is.\n';
const texts: readonly (readonly [string, Sources, RegExp])[] = [
  ['the shared folder', { 'README.md': `see ${['..', 'shared'].join('/')}/a` }, /a clone does not/],
  ['no first comment', { 'src/a.ts': 'export const a = 1;\n' }, /does not start with a comment/],
  ['an empty comment', { 'binding/a.h': '//\n#pragma once\n' }, /does not start with a comment/],
  ['an include, no comment', { 'binding/a.h': '#include <stddef.h>\n' }, /does not start with a c/],
  ['no comment in a kernel', { 'cuda/a.cu': '#include <a.h>\n' }, /does not start with a comment/],
  ['301 lines', { 'bench/a.ts': line.repeat(301) }, /has 301 lines, more than 300/],
];

const packages: Packages = { dependencies: ['node-gyp-build'], optional: ['optional'] };

describe('the rules of the architecture', () => {
  for (const [name, sources, message] of broken) {
    it(`refuse ${name}`, () => {
      const problems = architectureProblems(sources, packages);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0]!, message);
    });
  }

  it('allow what is right', () => {
    assert.deepEqual(architectureProblems(allowed, packages), []);
  });

  for (const [name, sources, message] of texts) {
    it(`refuse ${name}`, () => {
      const problems = textProblems(sources);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0]!, message);
    });
  }

  it('allow 300 lines, and a first comment below #!', () => {
    const script = `#!/usr/bin/env node\n${line}`;
    assert.deepEqual(textProblems({ 'bench/a.ts': line.repeat(300), 'scripts/a.mjs': script }), []);
  });
});
