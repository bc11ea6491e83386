// Kernels and gradients in the registries of TensorFlow.js, which all its copies in a process share: put there by
// the first installation, for a new backend when it is first used, and taken away with the last.
import { mishError } from '../base/errors.ts';
import { arrayKernels, runOnArrays } from './array-kernels.ts';
import type { Host, TfEngine, TfGradConfig, TfInputs, TfKernelConfig, TfTensor } from './host.ts';
import { gradientsBy, type KernelName, kernelNames, operands } from './operations.ts';
import { portableKernels } from './portable-kernels.ts';
import { type Restore, repairGradients } from './repaired-gradients.ts';
import { isSameSettings, pathOn, type Settings } from './settings.ts';

type KernelFunc = TfKernelConfig['kernelFunc'];

/** The kernels as functions that tf calls, on that backend. */
function kernelFuncs(
  host: Host,
  backendName: string,
  settings: Settings,
): (name: KernelName) => KernelFunc {
  const path = pathOn(backendName, settings);
  if (path === 'portable') {
    const kernels = portableKernels(host);
    return (name) => (call) => {
      const { x, dy, ddx } = call.inputs;
      return host.tidy(name, () => kernels[name](x!, dy!, ddx!));
    };
  }
  const kernels = arrayKernels(path === 'native' ? 'cpu' : 'js', settings.precision);
  return (name) =>
    ({ inputs, backend }) => {
      const tensors = operands[name].map((operand) => inputs[operand]!);
      return runOnArrays[backendName]!(backend, tensors, ([x, dy, ddx], out) =>
        kernels[name](x!, dy!, ddx!)(out),
      );
    };
}

/** What is registered with an engine. */
export class KernelSet {
  readonly settings: Settings;
  /** The copies of tf that have it installed. */
  readonly users: Set<Host> = new Set();
  readonly #host: Host;
  readonly #engine: TfEngine;
  readonly #gradients: Readonly<Record<KernelName, TfGradConfig>>;
  readonly #restoreGradients: Restore | undefined;
  /** By backend. */
  readonly #kernels = new Map<string, ReadonlyMap<KernelName, KernelFunc>>();
  /** All of them: tf may copy one to another backend. */
  readonly #funcs = new Set<KernelFunc>();

  constructor(host: Host, settings: Settings) {
    this.settings = settings;
    this.#host = host;
    this.#engine = host.engine();
    this.#gradients = gradientsBy((name, inputs) => this.run(name, inputs));
    this.#restoreGradients = settings.repairGradients ? repairGradients(host) : undefined;
    for (const backendName of this.#engine.backendNames()) this.#register(backendName);
  }

  /** Runs a kernel on the current backend. @throws ERR_MISH_UNSUPPORTED when nobody has it installed */
  run(name: KernelName, inputs: TfInputs): TfTensor {
    if (this.users.size === 0) throw uninstalled();
    void this.#engine.backend; // starts one when none has been
    const { backendName } = this.#engine;
    if (!this.#isRegistered(name, backendName)) this.#register(backendName);
    return this.#engine.runKernel(name, inputs);
  }

  /**
   * False on a backend that is new, and where another copy of node-mish has registered its own: all three at once, so
   * that one tells of all.
   */
  #isRegistered(name: KernelName, backendName: string): boolean {
    const kernel = this.#host.getKernel(name, backendName);
    if (kernel === undefined || !this.#funcs.has(kernel.kernelFunc)) return false;
    return this.#host.getGradient(name)?.gradFunc === this.#gradients[name].gradFunc;
  }

  #register(backendName: string): void {
    for (const name of kernelNames) this.#host.registerGradient(this.#gradients[name]);
    const funcOf = kernelFuncs(this.#host, backendName, this.settings);
    const kernels =
      this.#kernels.get(backendName) ??
      new Map(kernelNames.map((name) => [name, funcOf(name)] as const));
    this.#kernels.set(backendName, kernels);
    for (const [kernelName, kernelFunc] of kernels) {
      this.#funcs.add(kernelFunc);
      // Registering over another's would print a warning.
      if (this.#host.getKernel(kernelName, backendName)) {
        this.#host.unregisterKernel(kernelName, backendName);
      }
      this.#host.registerKernel({ kernelName, backendName, kernelFunc });
    }
  }

  /** Takes away what is its own, on all backends that tf knows or that it was used on. */
  unregister(): void {
    this.#restoreGradients?.();
    for (const name of kernelNames) {
      const present = this.#host.getGradient(name);
      if (present?.gradFunc === this.#gradients[name].gradFunc) this.#host.unregisterGradient(name);
    }
    for (const backendName of [...this.#engine.backendNames(), ...this.#kernels.keys()]) {
      for (const kernelName of kernelNames) {
        const present = this.#host.getKernel(kernelName, backendName);
        if (!present || !this.#funcs.has(present.kernelFunc)) continue;
        this.#host.unregisterKernel(kernelName, backendName);
      }
    }
  }
}

export function uninstalled(): Error {
  const remedy = 'Call install(tf) again, and use what it returns.';
  return mishError('ERR_MISH_UNSUPPORTED', `mish: it was uninstalled from tf. ${remedy}`);
}

const sets = new WeakMap<TfEngine, KernelSet>();

/**
 * The set of the engine that this copy of tf uses, of which it is a user from now on.
 * @throws ERR_MISH_ARGUMENT when another copy uses it with other settings
 */
export function useKernels(host: Host, settings: Settings): KernelSet {
  const engine = host.engine();
  const present = sets.get(engine);
  if (present && !isSameSettings(present.settings, settings)) {
    throw mishError(
      'ERR_MISH_ARGUMENT',
      'options: expected those of the other copy of TensorFlow.js that Mish is installed in, as all copies share kernels; got others. Pass the same, or uninstall that one first.',
    );
  }
  const set = present ?? new KernelSet(host, settings);
  sets.set(engine, set);
  set.users.add(host);
  return set;
}

export function releaseKernels(host: Host, set: KernelSet): void {
  set.users.delete(host);
  if (set.users.size > 0) return;
  set.unregister();
  sets.delete(host.engine());
}
