// The architecture: a folder of src, binding or cuda imports only from folders below it; and every source file has a
// first line that says what it is, at most 300 lines, and reads nothing outside the repository. Each rule is shown to
// fail when broken.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { root, runToEnd } from '../support/repository.ts';
import {
  architectureProblems,
  floorProblems,
  floorsOf,
  folderProblems,
  type Package,
  type Sources,
  textProblems,
} from '../support/tools/architecture.ts';

const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

function filesUnder(directory: string): string[] {
  return readdirSync(`${root}${directory}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length));
}

const sourcesOf = (paths: readonly string[]): Sources =>
  Object.fromEntries(paths.map((path) => [path, read(path)]));

function readPackage(packageJson: string): Package {
  const text = JSON.parse(packageJson) as {
    readonly dependencies?: object;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
    readonly exports: Readonly<
      Record<string, string | { readonly require: { readonly default: string } }>
    >;
    readonly bin: Readonly<Record<string, string>>;
  };
  const peers = Object.entries(text.peerDependenciesMeta ?? {}).filter(([, of]) => of.optional);
  const exported = Object.values(text.exports).map((to) =>
    typeof to === 'string' ? to : to.require.default,
  );
  const entries = [...exported, ...Object.values(text.bin)];
  return {
    dependencies: Object.keys(text.dependencies ?? {}),
    optional: peers.map(([name]) => name),
    entries: entries.map((file) => file.replace(/^\.\/dist\/(.*)\.cjs$/, 'src/$1.ts')),
  };
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
  it('has every import lead to a folder below', () => {
    const sources = sourcesOf(['src', 'binding', 'cuda'].flatMap(filesUnder));
    assert.ok(Object.keys(sources).length > 20);
    assert.deepEqual(architectureProblems(sources, readPackage(read('package.json'))), []);
  });

  it('has the floors that docs/architecture.md lists, and no import up or along them', () => {
    const floors = floorsOf(read('docs/architecture.md'));
    const sources = sourcesOf(filesUnder('src'));
    assert.deepEqual(floorProblems(sources, floors), []);
    const upward = {
      ...sources,
      'src/base/up.ts': "import type { D } from '../device/device.ts';",
    };
    assert.deepEqual(floorProblems(upward, floors), [
      'src/base/ imports src/device/, which is not below it',
    ]);
    const along = { ...sources, 'src/files/along.ts': "import { op } from '../tfjs/op.ts';" };
    assert.equal(floorProblems(along, floors).length, 1);
    const homeless = { ...sources, 'src/extra/a.ts': '' };
    assert.deepEqual(floorProblems(homeless, floors), [
      'src/extra/ is on no floor of docs/architecture.md',
    ]);
  });

  const missing = existsSync(`${root}.git`) ? '' : ' (no git checkout to list the files of)';
  it(`has source files that say what they are, are short, in small folders, and need nothing from outside${missing}`, function () {
    if (missing) this.skip();
    const texts = repositoryTexts();
    assert.deepEqual(textProblems(texts), []);
    assert.deepEqual(folderProblems(Object.keys(texts)), []);
  });
});

// ---- each rule broken: [what it is called, the files, what must be said]
const two = (a: string, b: string): Sources => ({ [a]: '', [b]: '' });
const broken: readonly (readonly [string, Sources, RegExp])[] = [
  [
    'an upward import, whatever the files',
    {
      'src/api/a.ts': "import { b } from '../device/b.ts';",
      'src/device/c.ts': "import { a } from '../api/a.ts';",
    },
    /circle of folders: api -> device -> api/,
  ],
  [
    'an upward import of a type',
    {
      'src/api/a.ts': "import { b } from '../base/b.ts';",
      'src/base/c.ts': "import type { A } from '../api/a.ts';",
    },
    /circle of folders: api -> base -> api/,
  ],
  [
    'an upward re-export, by way of a third folder',
    {
      'src/api/a.ts': "import {\n  b,\n} from '../call/b.ts';",
      'src/call/c.ts': "import { d } from '../base/d.ts';",
      'src/base/e.ts': "export * from '../api/a.ts';",
    },
    /circle of folders: api -> call -> base -> api/,
  ],
  [
    'an import of an entry point',
    {
      'src/index.ts': "export { a } from './api/a.ts';",
      'src/api/b.ts': "import '../index.ts';",
    },
    /circle of folders: {2}-> api ->/,
  ],
  [
    'a circle of files in one folder',
    {
      'src/device/a.ts': "import { b } from './b.ts';",
      'src/device/b.ts': "import { a } from './a.ts';",
    },
    /circle: src\/device\/a.ts -> src\/device\/b.ts -> src\/device\/a.ts/,
  ],
  [
    'a circle closed by a type',
    {
      'src/device/a.ts': "import { b } from './b.ts';",
      'src/device/b.ts': "import type { A } from './a.ts';",
    },
    /circle: src\/device/,
  ],
  [
    'a backend outside of the registry',
    { 'src/tensor/a.ts': "import { jsBackend } from '../backend/js/js.ts';" },
    /inside src\/backend\/: import from that folder itself/,
  ],
  [
    "the addon's types outside of its backend",
    { 'src/call/a.ts': "import type { Addon } from '../backend/native/addon.ts';" },
    /inside src\/backend\//,
  ],
  [
    'a dynamic import into a subfolder',
    { 'src/api/a.ts': "await import('../backend/native/load.ts');" },
    /inside src\/backend\//,
  ],
  [
    'a backend that knows another',
    { 'src/backend/js/a.ts': "import { load } from '../native/load.ts';" },
    /only src\/backend\/registry.ts knows which backends there are/,
  ],
  [
    'what backends share knowing one of them',
    { 'src/backend/host-memory.ts': "import type { Addon } from './native/addon.ts';" },
    /only src\/backend\/registry.ts knows/,
  ],
  ['a file in no folder', two('src/extra.ts', 'src/index.ts'), /src\/extra.ts is in no folder/],
  [
    'an optional package as if it were there',
    { 'src/api/a.ts': "import { Resvg } from 'optional';" },
    /'optional', which may be missing/,
  ],
  ['a devDependency', { 'src/api/a.ts': "import x from 'mocha';" }, /imports 'mocha'/],
  ['a bare builtin', { 'src/api/a.ts': "import fs from 'fs';" }, /imports 'fs'/],
  ['no such builtin', { 'src/api/a.ts': "import fs from 'node:nothing';" }, /'node:nothing'/],
  ['a file outside', { 'src/api/a.ts': "import p from '../../package.json';" }, /package.json'/],
  ['binaries', { 'src/api/a.ts': 'process.dlopen(m, f);' }, /touches binaries/],
  [
    'binaries outside of the loader',
    { 'src/backend/native/cpu.ts': 'process.dlopen(m, f);' },
    /which only src\/backend\/native\/load.ts may/,
  ],
  [
    'Node-API in math',
    { 'binding/math/a.h': '#include <math.h>\nnapi_value v;' },
    /only binding\/node/,
  ],
  ['C++ headers in math', { 'binding/math/a.h': '#include <vector>' }, /plain C headers only/],
  [
    'another folder in math',
    { 'binding/math/a.h': '#include "../system/thread.h"' },
    /math includes math only/,
  ],
  [
    'CUDA in cpu',
    { 'binding/cpu/a.cc': '#include "../../cuda/device/kernel_abi.h"' },
    /the CPU kernels do not know CUDA/,
  ],
  [
    'Node-API in cpu',
    { 'binding/cpu/a.cc': '  #  include <node_api.h>' },
    /only binding\/node knows Node-API/,
  ],
  [
    'a call of Node-API in a kernel',
    { 'cuda/device/a.cu': 'napi_throw(e);' },
    /only binding\/node may/,
  ],
  [
    'mathematics in the binding',
    { 'binding/node/a.cc': '#include "../math/mish.h"' },
    /only kernels know the mathematics/,
  ],
  [
    'mathematics on the host side of CUDA',
    { 'cuda/host/a.cc': '#include "../../binding/math/mish.h"' },
    /only kernels know the mathematics/,
  ],
  [
    'an upward include',
    {
      'binding/cpu/a.cc': '#include "../system/thread.h"',
      'binding/system/b.cc': '#include "../cpu/pool/pool.h"',
    },
    /circle of folders: binding\/cpu -> binding\/system -> binding\/cpu/,
  ],
];

const allowed: Sources = {
  'src/index.ts': "export { a } from './api/a.ts';",
  'src/api/a.ts': "import type { B } from '../backend/interface.ts';\nimport fs from 'node:fs';",
  'src/api/b.ts': "import './a.ts';\nawait import('optional');",
  'src/backend/registry.ts':
    "// import { mish } from '../api/a.ts';\nimport { jsBackend } from './js/js.ts';",
  'src/backend/js/js.ts': "import type { B } from '../interface.ts';",
  'src/backend/native/load.ts': "import p from './prebuilds.cjs';\nprocess.dlopen(m, f);",
  'binding/math/a.h': '#include <stdint.h>\n#include "bits.h"',
  'binding/cpu/a.cc': '#include "../math/mish.h"\n#include "../ops.h"\n// napi_value',
  'binding/cpu/pool/b.cc': '#include "../job.h"\n#include "../../system/thread.h"',
  'binding/node/addon.cc': '#include <napi.h>\n#include "../cpu/isa.h"\nnapi_value v;',
  'cuda/device/a.cu': '#include <stdint.h>\n#include "../../binding/math/mish.h"\n#include "b.h"',
  'cuda/host/a.cc': '#include "../../binding/system/thread.h"\n#include "../device/kernel_abi.h"',
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

const ofPackage: Package = {
  dependencies: ['node-gyp-build'],
  optional: ['optional'],
  entries: ['src/index.ts'],
};

describe('the rules of the architecture', () => {
  for (const [name, sources, message] of broken) {
    it(`refuse ${name}`, () => {
      const problems = architectureProblems(sources, ofPackage);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0]!, message);
    });
  }

  it('allow imports that lead down, the registry among them', () => {
    assert.deepEqual(architectureProblems(allowed, ofPackage), []);
  });

  for (const [name, sources, message] of texts) {
    it(`refuse ${name}`, () => {
      const problems = textProblems(sources);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0]!, message);
    });
  }

  it('refuse 17 files in a folder, and allow 16', () => {
    const paths = Array.from({ length: 17 }, (_, i) => `src/api/${i}.ts`);
    assert.deepEqual(folderProblems(paths), ['src/api/ has 17 files, more than 16']);
    assert.deepEqual(folderProblems(paths.slice(1)), []);
  });

  it('allow 300 lines, and a first comment below #!', () => {
    const script = `#!/usr/bin/env node\n${line}`;
    assert.deepEqual(textProblems({ 'bench/a.ts': line.repeat(300), 'scripts/a.mjs': script }), []);
  });
});
