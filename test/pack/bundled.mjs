// The installed package in bundles: every bundler with its usual settings, beside node_modules, where the addon is
// found, and alone, where prebuilds/ is copied beside the bundle as the install guide says; Next.js; and what tracing
// tools take along.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { environment, here, nodeOf, root, run, runNode, scratch } from './place.mjs';
import { add, addProgram } from './report.mjs';

const bundlersDirectory = join(here, 'bundlers');
const bundlers = [
  'webpack',
  'rollup',
  'rolldown',
  'vite, SSR',
  'ncc',
  'esbuild',
  'esbuild, CommonJS',
];

/** The line of the install guide for a bundle that is deployed alone. */
const copyLine = 'cp -r node_modules/node-mish/prebuilds dist/';

async function testBundler(installed, name) {
  const directory = join(installed, `bundle-${name.replaceAll(/\W+/g, '-')}`);
  const args = ['build.mjs', name, join(installed, 'imported.mjs'), directory];
  const { exit, stdout, stderr } = await runNode(22, args, bundlersDirectory);
  if (exit !== 0 || stderr) return add({ runtime: 22, how: name }, `exit ${exit}\n${stderr}`);
  const file = stdout.trim().split('\n').at(-1);
  addProgram(
    { runtime: 22, how: `${name}: beside node_modules` },
    await runNode(22, [file], directory),
  );
  const alone = join(scratch, `alone-${name.replaceAll(/\W+/g, '-')}`);
  cpSync(directory, alone, { recursive: true });
  const without = await runNode(22, [file], alone);
  addProgram({ runtime: 22, how: `${name}: alone` }, without, /no such file/);
  cpSync(join(installed, 'node_modules/node-mish/prebuilds'), join(alone, 'prebuilds'), {
    recursive: true,
  });
  addProgram(
    { runtime: 22, how: `${name}: alone, prebuilds/ beside it` },
    await runNode(22, [file], alone),
  );
}

/** An application with an addon of its own in the places that node-gyp-build searches: it stays closed. */
async function testForeignAddons(installed) {
  const name = 'bundle-esbuild';
  const directory = join(scratch, 'application');
  cpSync(join(installed, name), directory, { recursive: true });
  const places = ['build/Release', 'prebuilds/linux-x64', 'elsewhere/prebuilds/linux-x64'];
  for (const place of places) {
    mkdirSync(join(directory, place), { recursive: true });
    writeFileSync(join(directory, place, 'another.node'), 'no addon: opening it fails');
  }
  writeFileSync(join(directory, 'package.json'), '{ "name": "my-app", "type": "module" }');
  const more = { MY_APP_PREBUILD: join(directory, 'elsewhere') };
  const outcome = await runNode(22, ['program.mjs'], directory, more);
  const row = { runtime: 22, how: "esbuild: beside an application's own addons" };
  if (/another\.node|elsewhere/.test(outcome.stdout)) return add(row, outcome.stdout);
  addProgram(row, outcome, /no such file/);
}

// ---- Next.js
const nextFiles = {
  'package.json': '{ "name": "next-app", "private": true }',
  'app/layout.js':
    'export default function Layout({ children }) { return <html><body>{children}</body></html>; }',
  'app/page.js': 'export default function Page() { return <p>Mish</p>; }',
  'app/mish/route.js': `import * as library from 'node-mish';
import report from '../../report.cjs';
export const dynamic = 'force-dynamic';
export async function GET() {
  const { log } = console;
  let printed = '';
  console.log = (text) => { printed += text; };
  await report(library).finally(() => { console.log = log; });
  return new Response(printed);
}`,
};

/** In the folder that has Next.js, as it wants no symbolic links. */
async function testNext(installed, name, flags, port) {
  const directory = join(bundlersDirectory, `next-${name}`);
  rmSync(directory, { recursive: true, force: true });
  for (const [path, text] of Object.entries(nextFiles)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  for (const part of ['report.cjs', 'node_modules/node-mish']) {
    cpSync(join(installed, part), join(directory, part), { recursive: true });
  }
  const row = { runtime: 22, how: `Next.js, ${name}` };
  const next = join(bundlersDirectory, 'node_modules/next/dist/bin/next');
  const settings = {
    cwd: directory,
    env: environment(22, { NEXT_TELEMETRY_DISABLED: '1', CI: '1' }),
  };
  const built = await run(nodeOf(22), [next, 'build', ...flags], settings);
  if (built.exit !== 0) return add(row, `${built.stdout}${built.stderr}`);
  const server = spawn(nodeOf(22), [next, 'start', '-p', `${port}`], {
    ...settings,
    stdio: 'ignore',
  });
  const body = await fetched(`http://localhost:${port}/mish`);
  server.kill();
  addProgram(row, { exit: 0, stdout: body, stderr: '' });
  rmSync(directory, { recursive: true, force: true });
}

/** The text at that address, once the server is there. */
async function fetched(url) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  return 'no answer';
}

// ---- tracing
/** @vercel/nft, by which Vercel and the standalone output of Next.js decide what to deploy. */
async function testTracing(installed) {
  const script = `import { nodeFileTrace } from '@vercel/nft';
const { fileList } = await nodeFileTrace([${JSON.stringify(join(installed, 'imported.mjs'))}], { base: '/' });
console.log([...fileList].filter((file) => file.endsWith('linux-x64/node-mish.node')).length);`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = await runNode(22, args, bundlersDirectory);
  add(
    { runtime: 22, how: 'nft traces the binary' },
    stdout.trim() === '1' ? undefined : `${stdout}${stderr}`,
  );
}

function testGuide() {
  const guide = readFileSync(join(root, 'docs/guides/install.md'), 'utf8');
  const problem = guide.includes(copyLine) ? undefined : `docs/guides/install.md lacks ${copyLine}`;
  add({ runtime: '', how: 'the install guide has the line for bundles' }, problem);
}

export async function testBundles(installed) {
  for (const name of bundlers) await testBundler(installed, name);
  await testForeignAddons(installed);
  await testTracing(installed);
  await testNext(installed, 'Turbopack', [], 34_561);
  await testNext(installed, 'webpack', ['--webpack'], 34_562);
  testGuide();
  rmSync(join(scratch, 'application'), { recursive: true });
}
