// The installed package under other tools: Jest and Vitest, Bun and Deno with fewer and fewer permissions, TypeScript of
// three versions under every module setting, and ESLint's check of imports.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, here, modules, root, run, runNode } from './place.mjs';
import { add, addProgram } from './report.mjs';

const tools = join(here, 'bundlers', 'node_modules');

/** A folder of the user's with these files. */
function folder(installed, name, files) {
  const directory = join(installed, name);
  mkdirSync(directory, { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(directory, path), text);
  return directory;
}

const addTool = (how, { exit, stdout, stderr }, runtime = 22) =>
  add({ runtime, how }, exit === 0 ? undefined : `exit ${exit}\n${stdout}${stderr}`);

// ---- test runners
const body = `
  expect(backend.name).toBe('native');
  expect(mish(1)).toBeCloseTo(0.8650983882673103, 15);
  expect(mish(Tensor.from([0]))).toEqual(Tensor.from([0]));
  expect(Tensor.from([1])).not.toEqual(Tensor.from([2]));
  expect((await mishAsync(new Float32Array(1)))[0]).toBe(0);
  expect(() => mish('x')).toThrow(TypeError);`;
const required = `const { backend, mish, mishAsync, Tensor } = require('node-mish');
test('node-mish', async () => {${body}
});`;
const imported = `import { expect, test } from 'vitest';
import { backend, mish, mishAsync, Tensor } from 'node-mish';
test('node-mish', async () => {${body}
});`;

async function testRunners(installed) {
  for (const version of [29, 30]) {
    const directory = folder(installed, `jest-${version}`, {
      'package.json': '{ "name": "user" }',
      'mish.test.js': required,
    });
    const jest = join(tools, `jest-${version}`, 'bin', 'jest.js');
    addTool(`Jest ${version}, require()`, await runNode(22, [jest, '--rootDir', '.'], directory));
  }
  const directory = folder(installed, 'vitest', { 'mish.test.mjs': imported });
  const vitest = join(tools, 'vitest', 'vitest.mjs');
  addTool('Vitest', await runNode(22, [vitest, 'run', '--root', directory], directory));
}

// ---- runtimes
const denoPermissions = {
  '-A': 'native',
  '--allow-read --allow-ffi': 'native',
  '--allow-read': /ffi access/,
  '--allow-read --allow-env': /ffi access/,
  'no permission': /read access/,
};

async function testRuntimes(installed) {
  const env = environment(22, { NO_COLOR: '1' });
  const bun = join(tools, '@oven', 'bun-linux-x64', 'bin', 'bun');
  const deno = join(tools, '@deno', 'linux-x64-glibc', 'deno');
  for (const program of [bun, deno]) chmodSync(program, 0o755); // npm runs no script that would
  for (const file of ['imported.mjs', 'required.cjs']) {
    const outcome = await run(bun, [file], { cwd: installed, env });
    addProgram({ runtime: '', how: `Bun, ${file}` }, outcome);
  }
  for (const [permissions, wanted] of Object.entries(denoPermissions)) {
    const flags = permissions.startsWith('-') ? permissions.split(' ') : [];
    const args = ['run', '--no-prompt', '--quiet', ...flags, 'imported.mjs'];
    const outcome = await run(deno, args, { cwd: installed, env });
    addProgram({ runtime: '', how: `Deno, ${permissions}` }, outcome, wanted);
  }
}

// ---- types
const compilers = {
  'TypeScript 5.4': join(modules, 'typescript-5', 'bin', 'tsc'),
  'TypeScript 5.9': join(tools, 'typescript-5.9', 'bin', 'tsc'),
  'TypeScript 7': join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
};
/** By module setting: the resolution, and the kinds of package whose code it is. */
const settings = {
  node16: { moduleResolution: 'node16', types: ['module', 'commonjs'] },
  nodenext: { moduleResolution: 'nodenext', types: ['module', 'commonjs'] },
  esnext: { moduleResolution: 'bundler', types: ['module', 'commonjs'] },
  commonjs: { moduleResolution: 'node10', types: ['commonjs'] },
};

async function testTypes(installed, source) {
  for (const [compiler, tsc] of Object.entries(compilers)) {
    for (const [module, { moduleResolution, types }] of Object.entries(settings)) {
      const isOld = moduleResolution === 'node10';
      if (isOld && compiler === 'TypeScript 7') continue; // which has no such resolution any more
      for (const type of types) {
        const compilerOptions = {
          ...{ target: 'es2022', lib: ['es2022'], strict: true, noEmit: true },
          ...{ skipLibCheck: false, types: [], module, moduleResolution },
        };
        const directory = folder(
          installed,
          `types-${compiler}-${module}-${type}`.replaceAll(' ', '-'),
          {
            'package.json': JSON.stringify({ type }),
            'types.ts': source,
            'tsconfig.json': JSON.stringify({ compilerOptions, files: ['types.ts'] }),
          },
        );
        const outcome = await runNode(22, [tsc, '-p', directory], directory);
        addTool(`${compiler}, ${module}, ${moduleResolution}, ${type}`, outcome);
      }
    }
  }
}

// ---- linters
async function testEslint(installed) {
  const directory = folder(installed, 'eslint', {
    'package.json': '{ "type": "module" }',
    'program.js': `import { mish } from 'node-mish';
import { Mish } from 'node-mish/operators';
import { install } from 'node-mish/tfjs';
export const all = [mish(1), Mish, install];
`,
    'eslint.config.mjs': `import plugin from ${JSON.stringify(join(tools, 'eslint-plugin-import', 'lib', 'index.js'))};
export default [{ plugins: { import: plugin }, rules: { 'import/no-unresolved': 'error', 'import/named': 'error' } }];
`,
  });
  const eslint = join(tools, 'eslint', 'bin', 'eslint.js');
  addTool('ESLint, import/no-unresolved', await runNode(22, [eslint, 'program.js'], directory));
}

export async function testTools(installed, typesSource) {
  await testRunners(installed);
  await testRuntimes(installed);
  await testTypes(installed, typesSource);
  await testEslint(installed);
}
