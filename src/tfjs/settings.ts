// The options of install(), and which path Mish takes on a backend of TensorFlow.js.
import { backend } from '../api/backend-info.ts';
import { suggestion } from '../base/did-you-mean.ts';
import { describe, mishError } from '../base/errors.ts';
import { checkFlag, checkPrecision, type Precision, readOptions } from '../base/options.ts';
import { device } from '../device/device.ts';
import { runOnArrays } from './array-kernels.ts';

/**
 * How Mish is computed on a backend of TensorFlow.js: `native` by the addon and `js` by JavaScript kernels, both in
 * the memory of the backends cpu and wasm, without a copy and correctly rounded; `portable` by tf ops, on any other.
 */
export type TfPath = 'native' | 'js' | 'portable';

/** How Mish is installed. */
export interface InstallOptions {
  /**
   * 'fast' for the native path, on which it means what it does in {@link mish} of float32.
   * @defaultValue `'exact'`
   */
  readonly precision?: Precision;
  /**
   * The path on a backend, by its name, where another is wanted than the best there is.
   * @defaultValue on cpu and wasm 'native' or, where the addon cannot be used, 'js'; on others 'portable'
   */
  readonly paths?: Readonly<Record<string, TfPath>>;
  /**
   * Makes gradients of gradients right in tf's own exp, sigmoid, tanh, softmax, pow, elu, selu and what is composed of
   * them, too: a penalty on gradients needs them. They save inputs and compute outputs again.
   * @defaultValue `false`
   */
  readonly repairGradients?: boolean;
}

export interface Settings {
  readonly repairGradients: boolean;
  readonly precision: Precision;
  readonly paths: Readonly<Record<string, TfPath | undefined>>;
}

/** Of backends whose tensors are not arrays in this process, only tf knows the memory. */
const hasArrays = (backendName: string) => Object.hasOwn(runOnArrays, backendName);

/**
 * @param backendNames - those that tf knows
 * @throws ERR_MISH_ARGUMENT for a bad option or an unknown backend; ERR_MISH_UNSUPPORTED for a path that the backend
 *   cannot take; ERR_MISH_NATIVE for 'native' without the addon
 */
export function readSettings(options: unknown, backendNames: readonly string[]): Settings {
  const read = readOptions(options, ['precision', 'paths', 'repairGradients']);
  const paths = readOptions(read.paths, backendNames, 'paths');
  for (const name of Object.keys(paths)) checkPath(name, paths[name]);
  const precision = checkPrecision(read.precision, 'float32');
  const repairGradients = checkFlag('repairGradients', read.repairGradients);
  return { precision, paths: paths as Settings['paths'], repairGradients };
}

const pathNames: readonly TfPath[] = ['native', 'js', 'portable'];

function checkPath(backendName: string, path: unknown): void {
  if (path === undefined || path === 'portable') return;
  const label = `paths.${backendName}`;
  if (path !== 'native' && path !== 'js') {
    const expected = "expected 'native', 'js' or 'portable'";
    throw mishError(
      'ERR_MISH_ARGUMENT',
      `${label}: ${expected}; got ${describe(path)}.${suggestion(path, pathNames, { cpu: 'native', javascript: 'js' })}`,
    );
  }
  if (!hasArrays(backendName)) {
    const names = Object.keys(runOnArrays).join(' and ');
    const expected = `expected 'portable', as only tensors of ${names} are arrays in this process`;
    throw mishError('ERR_MISH_UNSUPPORTED', `${label}: ${expected}; got '${path}'.`);
  }
  device(path === 'native' ? 'cpu' : 'js');
}

/** The path on that backend: what was asked for, else the best there is. */
export function pathOn(backendName: string, { paths }: Settings): TfPath {
  const asked = Object.hasOwn(paths, backendName) ? paths[backendName] : undefined;
  if (asked !== undefined) return asked;
  return hasArrays(backendName) ? backend.name : 'portable';
}

/** Whether both come to the same. */
export function isSameSettings(a: Settings, b: Settings): boolean {
  const names = [...Object.keys(a.paths), ...Object.keys(b.paths)];
  const isSame = a.precision === b.precision && a.repairGradients === b.repairGradients;
  return isSame && names.every((name) => pathOn(name, a) === pathOn(name, b));
}
