// An installed package without an addon, what a user's process sees of it, and addons to put there.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonFile, hasCommands, root, runToEnd } from '../repository.ts';

export interface Told {
  readonly backend: {
    readonly name: string;
    readonly file?: string;
    readonly isa?: string;
    readonly reason?: string;
    readonly version: string;
  };
  readonly value: number;
  readonly cpuCode: string | null;
}

/** What a user's process sees; the last line that it prints is ours. */
const program = `
import { backend, device, mish } from 'node-mish';
let cpuCode = null;
const [value] = mish(new Float32Array([1]));
try { device('cpu'); } catch (error) { cpuCode = error.code; }
const { name, file, isa, reason, version } = backend;
console.log(JSON.stringify({ backend: { name, file, isa, reason, version }, value, cpuCode }));
`;

export const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  version: string;
};
export const platform = `${process.platform}-${process.arch}`;

/** f(1), correctly rounded to float32. */
export const mishOf1: number = Math.fround(0.8650983882673103);

const lister = (await import(`${root}scripts/release/list-prebuilds.mjs`)) as {
  listPrebuilds(directory: string): void;
};
/** Makes the package's list of its binaries, as packing does. */
export const listPrebuilds = lister.listPrebuilds;

/** Puts a package without any addon there, and returns where a local build would be. */
export function install(directory: string): string {
  for (const part of ['package.json', 'dist', 'node_modules/node-gyp-build']) {
    cpSync(`${root}${part}`, join(directory, part), { recursive: true });
  }
  listPrebuilds(directory);
  writeFileSync(join(directory, 'main.mjs'), program);
  const place = join(directory, 'build/Release');
  mkdirSync(place, { recursive: true });
  return join(place, 'node-mish.node');
}

export function told(
  directory: string,
  flags: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Told {
  const env = { ...process.env };
  for (const name of ['NODE_MISH_ISA', 'NODE_MISH_DEVICE', 'NODE_OPTIONS']) delete env[name];
  Object.assign(env, variables);
  const outcome = runToEnd(process.execPath, [...flags, 'main.mjs'], { cwd: directory, env });
  // Node 20 says of its permission model that it is experimental.
  const stderr = outcome.stderr.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*\n/gm, '');
  assert.deepEqual({ exit: outcome.exit, stderr }, { exit: 0, stderr: '' });
  const lines = outcome.stdout.split('\n');
  assert.equal(lines.length, 2, outcome.stdout);
  return JSON.parse(lines[0]!) as Told;
}

// ---- addons
/** The real addon, of another CPU: e_machine is 16 bits at 18. */
export function foreign(file: string): void {
  const bytes = readFileSync(addonFile);
  bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
  writeFileSync(file, bytes);
}

export const noCompiler: string | false =
  (process.platform !== 'linux' && 'not Linux') || (!hasCommands('cc') && 'no C compiler');

/** A shared library of that source, with the C headers of Node-API. */
export function compileAddon(file: string, code: string): void {
  const source = `${file}.c`;
  writeFileSync(source, `#include <node_api.h>\n${code}`);
  const headers = `-I${root}node_modules/node-api-headers/include`;
  const options = ['-shared', '-fPIC', '-Wl,-z,now', headers]; // bound as the real one is, all at once
  const { exit, stderr } = runToEnd('cc', [...options, source, '-o', file]);
  assert.equal(exit, 0, stderr);
}

/** An addon of that ABI number and without operations. */
export const stale =
  (abi: number) =>
  (file: string): void =>
    compileAddon(
      file,
      `NAPI_MODULE_INIT() {
  napi_value abi, none;
  napi_create_int32(env, ${abi}, &abi);
  napi_create_array(env, &none);
  napi_set_named_property(env, exports, "abi", abi);
  napi_set_named_property(env, exports, "ops", none);
  napi_set_named_property(env, exports, "dtypes", none);
  napi_set_named_property(env, exports, "levels", none);
  return exports;
}`,
    );
