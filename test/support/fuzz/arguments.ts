// Makes the recipes of recipes.ts into arguments, and what their getters do to each other.
import { mishAsync, Tensor } from 'node-mish';
import type { Action, Entry, Recipe } from './recipes.ts';

/** What the arguments of one call are made with, and what their getters act on. */
export class Scene {
  /** What getters and functions throw. */
  readonly marker: Error = new Error('thrown by an argument');
  readonly arrays: ArrayBufferView[] = [];
  readonly tensors: Tensor[] = [];
  readonly controllers: AbortController[] = [];
  /** Properties that were read more than once. */
  readonly readAgain: string[] = [];
  /** Calls that arguments began: they settle as they like. */
  readonly pending: Promise<unknown>[] = [];

  act(action: Action): void {
    if (action === 'throws') throw this.marker;
    if (action === 'disposes') for (const tensor of this.tensors) tensor.dispose();
    if (action === 'aborts')
      for (const controller of this.controllers) controller.abort(this.marker);
    if (action === 'detaches') for (const array of this.arrays) detach(array);
    if (action === 'calls') {
      for (const operand of [...this.arrays, ...this.tensors]) this.pending.push(later(operand));
    }
  }
}

const later = (operand: unknown) => mishAsync(operand as Float32Array).catch(() => {});

function detach({ buffer }: ArrayBufferView): void {
  try {
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  } catch {} // shared, or not to be transferred
}

// ---------------------------------------------------------------- made

export function make(recipe: Recipe, scene: Scene): unknown {
  switch (recipe.make) {
    case 'any':
    case 'number':
      return recipe.value;
    case 'array':
      return makeArray(recipe.kind, recipe.state, recipe.length, scene);
    case 'tensor':
      return makeTensor(recipe, scene);
    case 'options':
      return makeOptions(recipe.form, recipe.entries, scene);
    case 'list':
      return recipe.items.map((item) => make(item, scene));
    case 'signal':
      return makeSignal(recipe.state, scene);
    case 'function':
      return recipe.isAsync ? async () => scene.act(recipe.action) : () => scene.act(recipe.action);
  }
}

class Subclass extends Float32Array {
  override get byteOffset(): number {
    return 3;
  }
}

type View = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;

function viewOf(kind: string): { readonly View: View; readonly size: number } {
  const all = { ...globalThis, Subclass } as unknown as Record<
    string,
    View & { BYTES_PER_ELEMENT?: number }
  >;
  const named = Object.hasOwn(all, kind) ? all[kind] : (globalThis as never as typeof all)[kind];
  const Constructor = kind === 'Buffer' ? (Uint8Array as unknown as View) : (named ?? Float32Array);
  const { BYTES_PER_ELEMENT: size = 1 } = Constructor as { BYTES_PER_ELEMENT?: number };
  return { View: Constructor as View, size };
}

function makeArray(kind: string, state: string, length: number, scene: Scene): unknown {
  const { View, size } = viewOf(kind);
  const bytes = length * size + (state === 'a part' ? 16 : 0);
  const resizable = { maxByteLength: 2 * bytes + 8 };
  const buffer =
    state === 'shared' || state === 'growable'
      ? new SharedArrayBuffer(bytes, ...((state === 'growable' ? [resizable] : []) as []))
      : new ArrayBuffer(bytes, ...((state === 'shrunk' ? [resizable] : []) as []));
  const array = new View(buffer, state === 'a part' ? 8 : 0, length);
  scene.arrays.push(array);
  switch (state) {
    case 'detached':
      detach(array);
      return array;
    case 'shrunk':
      (buffer as unknown as { resize(bytes: number): void }).resize(0);
      return array;
    case 'a liar':
      return Object.defineProperties(array, { length: { value: 1e9 }, buffer: { value: null } });
    case 'a proxy':
      return new Proxy(array, {});
    case 'revoked':
      return revoked(array);
    case 'a fake':
      return Object.create(View.prototype as object);
    case 'frozen':
      return Object.preventExtensions(array);
    default:
      return array;
  }
}

function revoked<T extends object>(target: T): T {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function makeTensor(
  { dtype, state, length }: Recipe & { readonly make: 'tensor' },
  scene: Scene,
): Tensor {
  if (state === 'wrapping' || state === 'gone') {
    const array = new Float32Array(length);
    const wrapping = Tensor.wrap(array);
    scene.arrays.push(array);
    if (state === 'gone') detach(array);
    scene.tensors.push(wrapping);
    return wrapping;
  }
  const whole: Tensor = Tensor.zeros([length], { dtype });
  const tensor = state === 'a view' ? whole.subarray(Math.min(1, length)) : whole;
  if (state === 'disposed') tensor.dispose();
  if (state === 'lent') scene.pending.push(later(tensor));
  if (state === 'exposed' && tensor.device.kind !== 'cuda') scene.arrays.push(tensor.data);
  scene.tensors.push(tensor);
  return tensor;
}

function makeOptions(form: string, entries: readonly Entry[], scene: Scene): object {
  class Instance {}
  const options = form === 'bare' ? Object.create(null) : form === 'instance' ? new Instance() : {};
  for (const [name, value, action] of entries) {
    const made = make(value, scene);
    let isRead = false;
    const get = () => {
      if (isRead) scene.readAgain.push(name);
      isRead = true;
      scene.act(action!);
      return made;
    };
    const property = action ? { get } : { value: made, writable: true };
    Object.defineProperty(options, name, { ...property, enumerable: true, configurable: true });
  }
  if (form === 'revoked') return revoked(options);
  if (form !== 'proxy') return options;
  const trap = () => scene.act('throws') as never;
  return new Proxy(options, entries.length % 2 ? { ownKeys: trap } : { getPrototypeOf: trap });
}

function makeSignal(state: string, scene: Scene): unknown {
  if (state === 'aborted') return AbortSignal.abort(scene.marker);
  if (state === 'a fake') return { aborted: false, reason: scene.marker, throwIfAborted() {} };
  const controller = new AbortController();
  scene.controllers.push(controller);
  return controller.signal;
}
