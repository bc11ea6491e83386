// Where things are and how they are started: Nodes by version, package managers, and programs with nothing on
// their PATH but Node.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const here = join(root, 'test', 'pack');
export const modules = join(here, 'node_modules');
export const foreign = join(here, 'foreign', 'node_modules');
export const consumers = join(here, 'consumers');

/** All that is written: tarball, caches, installations. */
export const scratch = mkdtempSync(join(tmpdir(), 'node-mish-pack-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

export const versions = [20, 22, 24, 26];
export const nodeOf = (version) =>
  join(root, 'test', 'runtimes', 'node_modules', `node-${version}`, 'bin', 'node');

/** A directory with that Node and nothing else: no compiler, no CMake, no npm. */
function pathWith(version) {
  const bin = join(scratch, `bin-${version}`);
  if (!existsSync(bin)) {
    mkdirSync(bin);
    symlinkSync(nodeOf(version), join(bin, 'node'));
  }
  return bin;
}

/** Where packages come from here. */
export const registry = spawnSync('npm', ['config', 'get', 'registry'], {
  encoding: 'utf8',
}).stdout.trim();

/** The environment of a user who has that Node and nothing else, with no settings of npm's but the registry. */
export function environment(version, more = {}) {
  const ours = /^(NODE_MISH_|MISH_|NODE_OPTIONS$|npm_|INIT_CWD$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  const npm = {
    npm_config_registry: registry,
    npm_config_update_notifier: 'false',
    npm_config_userconfig: join(scratch, 'npmrc'),
  };
  return { ...env, ...npm, PATH: pathWith(version), ...more };
}

/** @returns {Promise<{ exit: number | string, stdout: string, stderr: string }>} */
export function run(command, args, { cwd = scratch, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, timeout: 120_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ exit: error.code, stdout, stderr: `${error}` }));
    child.on('close', (code, signal) => resolve({ exit: code ?? signal, stdout, stderr }));
  });
}

/** Runs a program of Node's in that directory, as a user does. */
export const runNode = (version, args, cwd, more) =>
  run(nodeOf(version), args, { cwd, env: environment(version, more) });

/** An empty folder with a user's package.json. */
export function project(name, manifest = {}) {
  const directory = join(scratch, name);
  mkdirSync(directory, { recursive: true });
  const content = { name: 'user', version: '1.0.0', private: true, ...manifest };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(content));
  return directory;
}

/** Another copy of what was installed, with the users' programs. */
export function copyOf(installed, name) {
  const directory = join(scratch, name);
  for (const part of ['package.json', 'node_modules']) {
    cpSync(join(installed, part), join(directory, part), { recursive: true });
  }
  addConsumers(directory);
  return directory;
}

/** Puts the users' programs there. */
export const addConsumers = (directory) => cpSync(consumers, directory, { recursive: true });

/** What Node itself says of features that it calls experimental is not ours. */
export const withoutNodeNoise = (text) =>
  text.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*\n?/gm, '').trim();
