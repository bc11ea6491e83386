// Bundles a program by one bundler, with its usual settings for Node.
//
//   node build.mjs <bundler> <entry> <directory>     prints the name of the file to run
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [bundler, entry, directory] = process.argv.slice(2);

async function byRollup(bundle, file) {
  await bundle.write({ file, format: 'es' });
}

const bundlers = {
  async webpack(file) {
    const { default: webpack } = await import('webpack');
    const output = { path: dirname(file), filename: basename(file), module: true };
    const settings = { mode: 'production', target: 'node20', entry, output };
    const stats = await new Promise((resolve, reject) => {
      webpack({ ...settings, experiments: { outputModule: true } }, (error, result) =>
        error ? reject(error) : resolve(result),
      );
    });
    const { errors, warnings } = stats.toJson();
    for (const { message } of [...errors, ...warnings]) console.error(message);
  },
  async rollup(file) {
    const { rollup } = await import('rollup');
    const { default: resolve } = await import('@rollup/plugin-node-resolve');
    const { default: commonjs } = await import('@rollup/plugin-commonjs');
    const plugins = [resolve({ preferBuiltins: true }), commonjs()];
    await byRollup(await rollup({ input: entry, plugins }), file);
  },
  async rolldown(file) {
    const { rolldown } = await import('rolldown');
    await byRollup(await rolldown({ input: entry, platform: 'node' }), file);
  },
  async 'vite, SSR'(file) {
    const { build } = await import('vite');
    const output = { entryFileNames: basename(file) };
    const ssr = { ssr: entry, outDir: dirname(file), rollupOptions: { output } };
    await build({ configFile: false, logLevel: 'error', ssr: { noExternal: true }, build: ssr });
  },
  async ncc(file) {
    const { default: ncc } = await import('@vercel/ncc');
    const { code, assets } = await ncc(entry, { quiet: true });
    writeFileSync(file, code);
    for (const [name, { source }] of Object.entries(assets)) {
      mkdirSync(dirname(join(dirname(file), name)), { recursive: true });
      writeFileSync(join(dirname(file), name), source);
    }
  },
  async esbuild(file) {
    const { build } = await import('esbuild');
    const settings = { entryPoints: [entry], bundle: true, platform: 'node', format: 'esm' };
    await build({ ...settings, outfile: file, logLevel: 'warning' });
  },
  async 'esbuild, CommonJS'(file) {
    const { build } = await import('esbuild');
    const settings = { entryPoints: [entry], bundle: true, platform: 'node', format: 'cjs' };
    await build({ ...settings, outfile: file, logLevel: 'warning' });
  },
};

const isCommonJs = bundler.endsWith('CommonJS');
const file = join(directory, isCommonJs ? 'program.cjs' : 'program.mjs');
mkdirSync(directory, { recursive: true });
await bundlers[bundler](file);
console.log(basename(file));
