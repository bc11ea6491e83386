// Installs Mish in a copy of TensorFlow.js, and takes it out again without a trace.
import { backend } from '../api/backend-info.ts';
import { mishError } from '../base/errors.ts';
import { checkHost, type Host, type TensorFlow, type TfTensor } from './host.ts';
import { type KernelSet, releaseKernels, uninstalled, useKernels } from './kernel-set.ts';
import {
  forgetLayer,
  type MishLayer,
  makeMishLayer,
  type Replacement,
  replaceActivation,
} from './layers.ts';
import { mishOp } from './op.ts';
import {
  type InstallOptions,
  isSameSettings,
  pathOn,
  readSettings,
  type Settings,
  type TfPath,
} from './settings.ts';

/** What {@link install} returns: how Mish is computed, and Mish for models built by hand. */
export interface Installation<T extends TensorFlow = TensorFlow> {
  /** The path on each backend that tf knows at the moment. */
  readonly paths: Readonly<Record<string, TfPath>>;
  /** Why a path is 'js' and not native, where none of them could be: what was tried, and what failed. */
  readonly reason: string | undefined;
  /** True while models that are built or loaded use this Mish for `activation: 'mish'`; false without layers. */
  readonly activation: boolean;
  /** False after {@link uninstall}. */
  readonly installed: boolean;
  /**
   * f(x) of a tensor, number or nested array of float32 or int32, which is cast; differentiable twice.
   * @throws ERR_MISH_DTYPE for another dtype, ERR_MISH_DISPOSED for a disposed tensor, ERR_MISH_UNSUPPORTED when it
   *   was uninstalled; its third derivative throws ERR_MISH_UNSUPPORTED
   */
  readonly mish: T['relu'];
  /** The layer. Reading it throws ERR_MISH_UNSUPPORTED where tf has no layers. */
  readonly Mish: MishLayer<T>;
  /** Takes it out of that tf, as {@link uninstall}; does nothing when another installation has taken its place. */
  uninstall(): void;
}

interface Current {
  readonly set: KernelSet;
  readonly mish: (x: unknown) => TfTensor;
  readonly installation: Installation;
}

/** A copy of tf that it is, or was, installed in. */
interface Copy {
  readonly host: Host;
  current: Current | undefined;
  /** The Mish layer, once it was asked for. */
  layer: unknown;
  /** Undefined where tf has no layers, or not yet. */
  activation: Replacement | undefined;
}

/** By what each copy has of its own: its serialization map. The module may come as one of several objects. */
const copies = new WeakMap<object, Copy>();

function copyOf(host: Host): Copy {
  const key = host.serialization.SerializationMap.getMap();
  const copy = copies.get(key) ?? {
    host,
    current: undefined,
    activation: undefined,
    layer: undefined,
  };
  copies.set(key, copy);
  return copy;
}

/**
 * Makes Mish the one of node-mish in `tf`: the kernels `NodeMish`, `NodeMishGrad` and `NodeMishGradGrad` with their
 * gradients, right to the second order, and `activation: 'mish'` of models that are built or loaded from now on; what
 * they save is unchanged.
 * @param tf - TensorFlow.js 3 or later
 * @param options - `precision`, `paths` and `repairGradients`; without them the best there is, or what it is installed with
 * @returns the installation; called again, the same
 * @throws ERR_MISH_ARGUMENT when `tf` is not TensorFlow.js, for a bad option or an unknown backend, or when it is
 *   installed with other options; ERR_MISH_UNSUPPORTED for a path that a backend cannot take; ERR_MISH_NATIVE for the
 *   path 'native' without the addon
 */
export function install<T extends TensorFlow>(tf: T, options?: InstallOptions): Installation<T> {
  const copy = copyOf(checkHost(tf));
  const settings = readSettings(options, copy.host.engine().backendNames());
  const { current } = copy;
  if (current && options !== undefined && !isSameSettings(settings, current.set.settings)) {
    throw mishError(
      'ERR_MISH_ARGUMENT',
      'options: expected those that it is installed with, or none; got others. Call uninstall(tf) first.',
    );
  }
  // First, as it may throw and kernels may not; again where layers were loaded after an installation in tfjs-core.
  copy.activation ??= replaceActivation(copy.host, () => copy.current?.mish);
  copy.current ??= installIn(copy, settings);
  return copy.current.installation as Installation<T>;
}

function installIn(copy: Copy, settings: Settings): Current {
  try {
    const set = useKernels(copy.host, settings);
    const mish = mishOp(copy.host, (name, inputs) => set.run(name, inputs));
    return { set, mish, installation: makeInstallation(copy, settings, mish) };
  } catch (error) {
    restoreActivation(copy);
    throw error;
  }
}

function makeInstallation(copy: Copy, settings: Settings, mish: Current['mish']): Installation {
  const { host } = copy;
  const isCurrent = (): boolean => copy.current?.installation === installation;
  const paths = () => {
    const names = host.engine().backendNames();
    return names.map((name) => [name, pathOn(name, settings)] as const);
  };
  const installation: { readonly [P in keyof Installation]: unknown } = Object.freeze({
    // console.log shows the values, not that they are getters.
    [Symbol.for('nodejs.util.inspect.custom')]() {
      const { paths, reason, activation, installed } = installation;
      return { paths, ...(reason !== undefined && { reason }), activation, installed };
    },
    get paths() {
      return Object.fromEntries(paths());
    },
    get reason() {
      return paths().some(([, path]) => path === 'js') ? backend.reason : undefined;
    },
    get activation() {
      return isCurrent() && copy.activation?.isInPlace() === true;
    },
    get installed() {
      return isCurrent();
    },
    mish(x: unknown) {
      if (isCurrent()) return mish(x);
      throw uninstalled();
    },
    get Mish() {
      copy.layer ??= makeMishLayer(host);
      return copy.layer;
    },
    uninstall() {
      if (isCurrent()) uninstallFrom(copy);
    },
  });
  return installation as Installation;
}

/**
 * Takes Mish out of `tf`; where it is not installed, it does nothing. Models that live on compute as tf's own Mish
 * does, until it is installed again.
 * @param tf - what {@link install} got
 * @throws ERR_MISH_ARGUMENT when `tf` is not TensorFlow.js
 */
export function uninstall(tf: TensorFlow): void {
  uninstallFrom(copyOf(checkHost(tf)));
}

function uninstallFrom(copy: Copy): void {
  const { current, host } = copy;
  if (!current) return;
  copy.current = undefined;
  restoreActivation(copy);
  forgetLayer(host, copy.layer);
  copy.layer = undefined;
  releaseKernels(host, current.set);
}

function restoreActivation(copy: Copy): void {
  copy.activation?.restore();
  copy.activation = undefined;
}
