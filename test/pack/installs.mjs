// Installs the tarball by each package manager into an empty folder, with nothing but Node on the PATH, and runs
// a program there. Anything that looks like a warning fails.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addConsumers, modules, project, registry, runNode, scratch } from './place.mjs';
import { add, addProgram } from './report.mjs';

const npmCli = (version) => join(modules, `npm-${version}`, 'bin', 'npm-cli.js');
const cache = join(scratch, 'npm-cache');
const npmInstall = ['install', '--no-audit', '--no-fund', '--cache', cache];
const offline = ['--offline', '--ignore-scripts'];

const yarnSettings = (linker) => `nodeLinker: ${linker}
enableTelemetry: false
enableGlobalCache: false
enableScripts: false
npmRegistryServer: ${registry}
`;

const pnpm = join(modules, 'pnpm-11', 'bin', 'pnpm.mjs');
const pnpmAdd = [pnpm, 'add', '--store-dir', join(scratch, 'pnpm-store')];
const yarn = join(modules, '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
const yarn1 = join(modules, 'yarn', 'bin', 'yarn.js');

/** By name: on which Node, how the tarball is added, files that the manager wants, how a program is run. */
const managers = {
  'npm 11': { version: 20, args: [npmCli(11), ...npmInstall] }, // it fills the cache for the next
  'npm 11 --offline': { version: 20, args: [npmCli(11), ...npmInstall, ...offline] },
  'npm 12': { version: 24, args: [npmCli(12), ...npmInstall] },
  'npm 12 --offline': { version: 24, args: [npmCli(12), ...npmInstall, ...offline] },
  'pnpm 11': { version: 24, args: pnpmAdd },
  'yarn 1': {
    version: 22,
    args: [yarn1, 'add', '--cache-folder', join(scratch, 'yarn-1-cache')],
  },
  'yarn 4': { version: 22, args: [yarn, 'add'], settings: yarnSettings('node-modules') },
  'yarn 4, Plug and Play': {
    version: 24,
    args: [yarn, 'add'],
    settings: yarnSettings('pnp'),
    start: [yarn, 'node'],
  },
};

/** Yarn 4 warns of every package of ECMAScript modules that its Plug and Play of those is experimental. */
const withoutYarnsOwn = (output) =>
  /YN0092/.test(output)
    ? output.replace(/^.*YN0092.*\n/m, '').replace('Done with warnings', '')
    : output;

async function install(name, tarball) {
  const { version, args, settings, start = [] } = managers[name];
  // yarn 1 says, as a warning, that a package without a license has none: the user's.
  const directory = project(name.replaceAll(/\W+/g, '-'), { license: 'UNLICENSED' });
  copyFileSync(tarball, join(directory, 'node-mish.tgz'));
  if (settings) {
    writeFileSync(join(directory, '.yarnrc.yml'), settings);
    writeFileSync(join(directory, 'yarn.lock'), '');
  }
  const row = { runtime: version, how: name };
  const begin = performance.now();
  const { exit, stdout, stderr } = await runNode(version, [...args, './node-mish.tgz'], directory);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const output = settings ? withoutYarnsOwn(`${stdout}${stderr}`) : `${stdout}${stderr}`;
  const problem = exit !== 0 || /\bwarn/i.test(output) ? `exit ${exit}\n${output}` : undefined;
  add({ ...row, result: `installed in ${seconds} s, no warning` }, problem);
  if (problem) return;
  addConsumers(directory);
  const outcome = await runNode(version, [...start, 'imported.mjs'], directory);
  addProgram({ ...row, how: `${name}: import` }, outcome);
}

/** Returns the folder where npm 11 installed it. */
export async function testInstalls(tarball) {
  for (const name of Object.keys(managers)) await install(name, tarball);
  return join(scratch, 'npm-11-offline');
}
