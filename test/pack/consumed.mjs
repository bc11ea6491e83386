// The installed package as programs use it on every Node, and as bundlers, compilers and linters of packages
// see it.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addConsumers,
  modules,
  project,
  root,
  run,
  runNode,
  scratch,
  versions,
  withoutNodeNoise,
} from './place.mjs';
import { add, addProgram } from './report.mjs';

// ---- programs
const programs = { import: 'imported.mjs', 'require()': 'required.cjs', worker: 'worker.mjs' };

async function testPrograms(installed) {
  for (const runtime of versions) {
    for (const [how, file] of Object.entries(programs)) {
      addProgram({ runtime, how }, await runNode(runtime, [file], installed));
    }
    await testCommand(installed, runtime, 'doctor', (report) => report.native.isa);
    await testCommand(installed, runtime, 'check', (report) => report.ok && 'every device');
  }
}

/** @param judge - what of its JSON shows that it is right; undefined or false when it is not */
async function testCommand(installed, runtime, command, judge) {
  const cli = join(installed, 'node_modules', 'node-mish', 'dist', 'cli.js');
  const outcome = await runNode(runtime, [cli, command, '--json'], installed);
  const { exit, stdout, stderr } = outcome;
  const found = exit === 0 && withoutNodeNoise(stderr) === '' && judge(JSON.parse(stdout));
  const problem = found ? undefined : `exit ${exit}\n${stdout}${stderr}`;
  add({ runtime, how: `node-mish ${command}`, result: `ok, ${found}` }, problem);
}

// ---- bundles
const esbuild = join(modules, 'esbuild', 'bin', 'esbuild');
const fileLoader = '--loader:.node=file';
const bundles = {
  'esbuild, ESM': { format: 'esm', options: [fileLoader] },
  'esbuild, CommonJS': { format: 'cjs', options: [fileLoader] },
  'esbuild, CommonJS, copy': { format: 'cjs', options: ['--loader:.node=copy'] },
};

/** Each bundle is run in a folder of its own, without node_modules. */
async function testBundles(installed) {
  for (const [how, { format, options }] of Object.entries(bundles)) {
    const directory = join(scratch, `bundle-${how.replaceAll(/\W+/g, '-')}`);
    const file = `program.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const args = ['imported.mjs', '--bundle', '--platform=node', `--format=${format}`, ...options];
    const silent = ['--log-level=warning', `--outfile=${join(directory, file)}`];
    const { exit, stderr } = await runNode(20, [esbuild, ...args, ...silent], installed);
    if (exit !== 0 || stderr) add({ runtime: 20, how }, `exit ${exit}\n${stderr}`);
    else addProgram({ runtime: 20, how }, await runNode(20, [file], directory));
  }
  await testWithoutFile(join(scratch, 'bundle-esbuild-ESM'));
}

/** What is imported from text has no file beside which others could be: those of the directory serve. */
async function testWithoutFile(directory) {
  const url =
    "'data:text/javascript,' + encodeURIComponent(fs.readFileSync('program.mjs', 'utf8'))";
  const outcome = await runNode(20, ['--eval', `import(${url})`], directory);
  addProgram({ runtime: 20, how: 'esbuild, ESM, as a data: URL' }, outcome);
}

// ---- types
const compilers = {
  'TypeScript 7': join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  'TypeScript 5.4': join(modules, 'typescript-5', 'bin', 'tsc'),
};
const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

async function testTypes(installed) {
  for (const [compiler, tsc] of Object.entries(compilers)) {
    for (const [resolution, options] of Object.entries(resolutions)) {
      const directory = join(installed, `types-${compiler}-${resolution}`.replaceAll(/\W/g, '-'));
      mkdirSync(directory);
      writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
      copyFileSync(join(installed, 'types.ts'), join(directory, 'types.ts'));
      const strict = { strict: true, skipLibCheck: false, noEmit: true, types: [] };
      const compilerOptions = { target: 'es2022', lib: ['es2022'], ...strict, ...options };
      const settings = { compilerOptions, files: ['types.ts'] };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
      const { exit, stdout } = await runNode(20, [tsc, '-p', directory], installed);
      const problem = exit === 0 ? undefined : stdout;
      add({ runtime: 20, how: `${compiler}, ${resolution}` }, problem);
    }
  }
}

// ---- linters of packages
async function testLinters(tarball) {
  const directory = project('linters');
  const publint = join(modules, 'publint', 'src', 'cli.js');
  const attw = join(modules, '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const linters = {
    'publint --strict': [publint, 'run', tarball, '--strict'],
    'attw --profile esm-only': [attw, tarball, '--profile', 'esm-only', '--no-emoji'],
  };
  for (const [how, args] of Object.entries(linters)) {
    const { exit, stdout, stderr } = await run(process.execPath, args, { cwd: directory });
    add({ runtime: 20, how }, exit === 0 ? undefined : `${stdout}${stderr}`);
  }
}

export async function testConsumers(installed, tarball) {
  addConsumers(installed);
  await testPrograms(installed);
  await testBundles(installed);
  await testTypes(installed);
  await testLinters(tarball);
}
