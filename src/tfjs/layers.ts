// Mish in the layers of TensorFlow.js: the activation by the name 'mish', and the Mish layer. What they save is
// what tf saves by itself, so files load wherever tf does.
import { describe, mishError } from '../base/errors.ts';
import { classNamed, type Host, type TfClass, type TfTensor } from './host.ts';

/** What an activation layer of tf takes, but for its activation. */
export type MishLayerArgs<T> = T extends { layers: { activation(args: infer A): object } }
  ? Omit<A, 'activation'>
  : never;

/** A layer that applies Mish: tf's activation layer with the activation 'mish', as which it is saved. */
export type MishLayer<T> = T extends { layers: { activation(args: never): infer L } }
  ? new (
      args?: MishLayerArgs<T>,
    ) => L
  : never;

interface Activation {
  apply(x: TfTensor): TfTensor;
}

const activationName = 'mish';
const layerName = 'Mish';

/** A class of tf that another is in the place of. */
export interface Replacement {
  /** Whether it still is: others may have put theirs in its place. */
  isInPlace(): boolean;
  /** Puts tf's own back, if it is. */
  restore(): void;
}

/**
 * Puts a subclass of the activation's class in its place: tf takes nothing else for an activation. Objects of it that
 * outlive the installation compute as tf's own do.
 * @param current - what computes Mish while it is installed, else undefined
 * @returns undefined where tf has no such activation
 */
export function replaceActivation(
  host: Host,
  current: () => ((x: TfTensor) => TfTensor) | undefined,
): Replacement | undefined {
  const BuiltIn = classNamed(host, activationName) as TfClass<Activation> | undefined;
  if (!BuiltIn) return undefined;
  const { SerializationMap } = host.serialization;
  class Mish extends BuiltIn {
    override apply(x: TfTensor): TfTensor {
      const mish = current();
      return mish ? mish(x) : super.apply(x);
    }
  }
  SerializationMap.register(Mish);
  const isInPlace = () => classNamed(host, activationName) === Mish;
  const restore = () => {
    if (isInPlace()) SerializationMap.register(BuiltIn);
  };
  return { isInPlace, restore };
}

/** @throws ERR_MISH_UNSUPPORTED where tf has no layers */
export function makeMishLayer(host: Host): TfClass {
  const Activation = classNamed(host, 'Activation');
  if (!Activation || !classNamed(host, activationName)) {
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      "Mish: expected a TensorFlow.js with layers that know the activation 'mish', as @tensorflow/tfjs 4 has; this tf has none. Use mish(x).",
    );
  }
  return class Mish extends Activation {
    /** Its own name, under which tf's registerClass puts it: as that of tf's layer it would replace that. */
    static override readonly className: string = layerName;
    constructor(args: object = {}) {
      super({ ...args, activation: checkActivation(args) });
    }
    /** The name that is saved: tf's layer, which every tf has. */
    getClassName(): string {
      return Activation.className;
    }
  };
}

/** @throws ERR_MISH_ARGUMENT for an activation that is not Mish */
function checkActivation(args: object): string {
  const { activation = activationName } = args as { readonly activation?: unknown };
  if (activation === activationName) return activationName;
  const got = `expected none, or '${activationName}'; got ${describe(activation)}`;
  const remedy = 'Use tf.layers.activation() for others';
  throw mishError('ERR_MISH_ARGUMENT', `activation: ${got}. ${remedy}.`);
}

/** Takes the layer out of the classes that tf loads by name, where a program has registered it. */
export function forgetLayer(host: Host, layer: unknown): void {
  const { classNameMap } = host.serialization.SerializationMap.getMap();
  if (layer !== undefined && classNamed(host, layerName) === layer) delete classNameMap[layerName];
}
