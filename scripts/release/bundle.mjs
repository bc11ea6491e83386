// Bundles the compiled modules of build/src into dist/, which is what ships: one CommonJS file for each entry point,
// the code that they share in core.cjs, an ECMAScript module beside each that re-exports it, and the types of both.
// Programs that import and programs that require therefore get one instance, and few files to open.
//
//   node scripts/release/bundle.mjs     part of npm run build:ts
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rollup } from 'rollup';
import { root } from '../root.mjs';
import { listPrebuilds } from './list-prebuilds.mjs';

const compiled = join(root, 'build', 'src');
const dist = join(root, 'dist');

/** Entry points of the package, with public types. */
const entryPoints = ['index', 'operators', 'tfjs'];
/** The files of build/src that are started, as a program or a worker, by their name in dist/. */
const programs = {
  cli: 'cli.js',
  'mish-worker': 'backend/js/mish-worker.js',
  'level-process': 'cli/bench/level-process.js',
};

// ---- code
/** Fails the build on what rollup would only warn of: a circle of imports, a name that is not exported. */
function refuse(warning) {
  throw new Error(`rollup: ${warning.message}`);
}

/** The list of binaries stays a file of its own: by its name it knows whether a bundler took it along. */
const keepPrebuilds = {
  name: 'keep-prebuilds',
  resolveId: (source) =>
    source.endsWith('/prebuilds.cjs') ? { id: './prebuilds.cjs', external: true } : null,
};

const fileUrls = {
  name: 'file-urls',
  resolveImportMeta: (property) => (property === 'url' ? `(${fileUrl})` : null),
};

/** Undefined where a bundler made this CommonJS a part of an ECMAScript module, which has no __filename. */
const fileUrl =
  "typeof __filename === 'string' ? require('node:url').pathToFileURL(__filename).href : undefined";

/**
 * Takes Node's modules from the process: esbuild makes no require() of them in an ECMAScript module, and one that
 * bundles this CommonJS would end at its first.
 */
const builtinsOfProcess = {
  name: 'builtins-of-process',
  renderChunk: (code) =>
    code.replace(/\brequire\('(node:[\w/]+)'\)/g, "process.getBuiltinModule('$1')"),
};

/** Modules of Node and the optional peer, which stay imports. */
const isExternal = (id) => id.startsWith('node:') || id === '@resvg/resvg-js';

/** Puts what more than one entry point uses into one chunk, so that there is one Tensor class. */
const manualChunks = (id) =>
  /\/build\/src\/(api|call|tensor|device|backend|base|files)\//.test(id) &&
  !id.endsWith('/mish-worker.js')
    ? 'core'
    : undefined;

async function bundleCode() {
  const input = Object.fromEntries([
    ...entryPoints.map((name) => [name, join(compiled, `${name}.js`)]),
    ...Object.entries(programs).map(([name, file]) => [name, join(compiled, file)]),
  ]);
  const plugins = [keepPrebuilds, fileUrls, builtinsOfProcess];
  const bundle = await rollup({ input, plugins, external: isExternal, onwarn: refuse });
  const { output } = await bundle.write({
    dir: dist,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    manualChunks,
    hoistTransitiveImports: false,
    externalLiveBindings: false,
    generatedCode: { preset: 'es2015', symbols: false },
  });
  for (const { name, exports } of output) {
    if (entryPoints.includes(name)) writeModule(name, `export { ${exports.join(', ')} } from`);
    else if (name in programs) writeModule(name, 'import');
  }
  chmodSync(join(dist, 'cli.cjs'), 0o755);
}

const writeModule = (name, statement) =>
  writeFileSync(join(dist, `${name}.js`), `${statement} './${name}.cjs';\n`);

// ---- types
/** The declarations that the entry points reach, as paths in build/src. */
function reachableDeclarations() {
  const reached = new Set(entryPoints.map((name) => `${name}.d.ts`));
  for (const file of reached) {
    const text = readFileSync(join(compiled, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from |import\()['"](\.[^'"]*)\.ts['"]/g)) {
      reached.add(relative('.', join(dirname(file), `${path}.d.ts`)));
    }
  }
  return reached;
}

/** One set of declarations, of CommonJS as the code is, which the types of ECMAScript modules re-export. */
function copyTypes() {
  const types = join(dist, 'types');
  for (const file of reachableDeclarations()) cpSync(join(compiled, file), join(types, file));
  writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n');
  for (const name of entryPoints) {
    writeFileSync(join(dist, `${name}.d.cts`), `export * from './types/${name}.js';\n`);
    writeFileSync(join(dist, `${name}.d.ts`), `export * from './${name}.cjs';\n`);
  }
}

/** Folders for tools that read no `exports`, as ESLint's resolver: they look for node-mish/operators as a folder. */
function writeFolders() {
  for (const name of entryPoints.filter((each) => each !== 'index')) {
    const manifest = {
      type: 'commonjs',
      main: `../dist/${name}.cjs`,
      types: `../dist/${name}.d.cts`,
    };
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

rmSync(dist, { recursive: true, force: true });
await bundleCode();
copyTypes();
writeFolders();
listPrebuilds(root);
