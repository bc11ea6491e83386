// The package as users have it: installed beside their code, imported and required, and type-checked by
// their compiler with their `lib` and module resolution.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runToEnd, scratchDirectory } from '../support/repository.ts';

function install(directory: string): void {
  const place = join(directory, 'node_modules', 'node-mish');
  for (const part of ['package.json', 'dist', 'build/Release']) {
    if (existsSync(`${root}${part}`)) {
      cpSync(`${root}${part}`, join(place, part), { recursive: true });
    }
  }
}

const program = `
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as imported from 'node-mish';
import { operators } from 'node-mish/operators';
import { viaRequire } from './required.cjs';

const require = createRequire(import.meta.url);
const inWorker = await new Promise((resolve, reject) => {
  const code = "require('node:worker_threads').parentPort.postMessage(require('node-mish').mish(1))";
  new Worker(code, { eval: true }).on('message', resolve).on('error', reject);
});
console.log(JSON.stringify({
  oneClass: imported.Tensor === require('node-mish').Tensor && imported.Tensor === viaRequire.Tensor,
  oneOperator: operators.Mish === require('node-mish/operators').Mish,
  oneState: viaRequire.Tensor.from([1]) instanceof imported.Tensor && imported.memory().tensors,
  oneTensor: operators.Mish.run({ inputs: [viaRequire.Tensor.from([1])] })[0] instanceof imported.Tensor,
  inWorker: inWorker === imported.mish(1),
  version: require('node-mish/package.json').version,
}));
`;

describe('a consumer', () => {
  const directory = scratchDirectory();
  before(() => install(directory));

  it('imports and requires one package, also in a worker', () => {
    writeFileSync(join(directory, 'required.cjs'), "exports.viaRequire = require('node-mish');\n");
    writeFileSync(join(directory, 'main.mjs'), program);
    const { exit, stdout, stderr } = runToEnd(process.execPath, ['main.mjs'], { cwd: directory });
    // Node 20 and 22 tell on stderr that require() of a module is experimental.
    const noise = stderr.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*$/gm, '').trim();
    assert.deepEqual({ exit, noise }, { exit: 0, noise: '' });
    const { version, ...checks } = JSON.parse(stdout);
    assert.deepEqual(checks, {
      ...{ oneClass: true, oneOperator: true, oneState: 1, oneTensor: true, inWorker: true },
    });
    assert.match(version, /^\d+\.\d+\.\d+$/);
  });
});

// ---------------------------------------------------------------- types
const source = `
import { type DType, loadNpy, mish, mishBackward, mishTransform, scope, Tensor } from 'node-mish';
import { getMishGradient, Mish, type OperatorDef } from 'node-mish/operators';
import { type Installation, install } from 'node-mish/tfjs';

// TensorFlow.js need not be installed for the types.
declare const tf: {
  engine(): { backendName: string };
  registerKernel(config: { kernelName: string }): void;
  relu(x: number): { dtype: string };
  readonly serialization: object;
};
export const installation: Installation<typeof tf> = install(tf, { paths: { cpu: 'js' } });
export const tensor: { dtype: string } = installation.mish(1);

const y: Float32Array = mish(new Float32Array(2));
const bits: Uint16Array = mish(new Uint16Array(2), { dtype: 'bfloat16' });
const t: Tensor<'float32', readonly [2, 3]> = Tensor.zeros([2, 3]);
const dx = scope(() => mishBackward(t, t));
const f64: Tensor<'float64', readonly [2, 3]> = dx.cast('float64');
export function twice<D extends DType>(of: Tensor<D>): Tensor<D> {
  return mish(mish(of));
}
const run: readonly [Tensor<'float32', readonly [2, 3]>] = Mish.run({ inputs: [t] });
const def: OperatorDef = getMishGradient({ type: 'Mish', inputs: ['X'], outputs: ['Y'] });
export const all = [y, bits, f64, twice(f64), run, def];
export const stream = mishTransform({ dtype: 'float32' });
export const loaded: Promise<Tensor> = loadNpy('x.npy');
// @ts-expect-error no such operation of a stream
mishTransform({ dtype: 'float32', op: 'backward' });

// @ts-expect-error a bare Uint16Array does not say its dtype
mish(bits);
// @ts-expect-error two dtypes
mishBackward(y, new Float64Array(2));
// @ts-expect-error two shapes
mishBackward(t, Tensor.zeros([3, 2]));
`;

const withFloat16Array = `
import { mish, mishBackward } from 'node-mish';
declare const any16: Float16Array;
export const halves: Float16Array[] = [mish(any16), mishBackward(new Float16Array(2), any16)];
`;

interface Setting {
  readonly module: string;
  readonly moduleResolution: string;
  readonly lib: readonly string[];
  readonly exactOptionalPropertyTypes?: boolean;
  readonly float16?: true;
}

const settings: readonly Setting[] = [
  { module: 'node16', moduleResolution: 'node16', lib: ['es2022'] },
  { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022'] },
  { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022'] },
  {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2022'],
    exactOptionalPropertyTypes: true,
  },
  { module: 'nodenext', moduleResolution: 'nodenext', lib: ['esnext', 'dom'], float16: true },
];

describe("a consumer's TypeScript", () => {
  const directory = scratchDirectory();
  before(() => install(directory));

  settings.forEach(({ float16, ...options }, i) => {
    const { module, moduleResolution, lib, exactOptionalPropertyTypes } = options;
    const exact = exactOptionalPropertyTypes ? ', exactOptionalPropertyTypes' : '';
    it(`compiles: lib ${lib.join(' ')}, ${module}, ${moduleResolution}${exact}`, () => {
      const project = join(directory, `project-${i}`);
      mkdirSync(project);
      writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
      writeFileSync(join(project, 'main.ts'), source);
      if (float16) writeFileSync(join(project, 'float16.ts'), withFloat16Array);
      const compilerOptions = { target: 'es2022', strict: true, noEmit: true, types: [] };
      writeFileSync(
        join(project, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: { ...compilerOptions, skipLibCheck: false, ...options },
        }),
      );
      const tsc = `${root}node_modules/typescript/bin/tsc`;
      const { exit, stdout } = runToEnd(process.execPath, [tsc, '-p', project]);
      assert.deepEqual({ exit, stdout }, { exit: 0, stdout: '' });
    });
  });
});

describe("what a consumer's TypeScript says of a wrong option", () => {
  const directory = scratchDirectory();
  before(() => install(directory));

  it('names the options of a call on float arrays', () => {
    writeFileSync(
      join(directory, 'wrong.mts'),
      "import { mish } from 'node-mish';\nmish(new Float32Array(1), { outt: new Float32Array(1) });\n",
    );
    const tsc = `${root}node_modules/typescript/bin/tsc`;
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--types', ''];
    const args = [tsc, ...flags, '--target', 'es2022', 'wrong.mts'];
    const { exit, stdout } = runToEnd(process.execPath, args, { cwd: directory });
    assert.notEqual(exit, 0);
    assert.match(stdout, /'MishOptions<Like<Float32Array/);
  });
});
