// Synchronous calls of the addon's CPU kernels, as a backend has them.
import { dtypes, type HostArray } from '../../base/dtype.ts';
import {
  bare,
  bytesInsideArray,
  hasImmutableBuffers,
  isImmutable,
  typedArrayBuffer,
  typedArrayKind,
  typedArrayLength,
} from '../../base/intrinsics.ts';
import type { Precision } from '../../base/options.ts';
import type { ArrayBackend, NativeFacts } from '../interface.ts';
import type { Addon } from './addon.ts';
import { type Codes, statusError } from './codes.ts';

type Calls = Pick<ArrayBackend, 'run' | 'runUnchecked'> & Pick<NativeFacts, 'copy'>;

export function callsOf(addon: Addon, codes: Codes): Calls {
  const { op: opCode, formatOf, ok, empty } = codes;
  const call = callOf(addon);
  return {
    run(op, dtype, inputs, outputs, precision) {
      const status = call(opCode[op], formatOf(dtype, precision), inputs, outputs);
      if (status !== ok && status !== empty) throw statusError(addon.statuses[status], op, dtype);
    },
    runUnchecked: runUncheckedOf(call, codes),
    copy(stores, dtype, source, target) {
      const format = formatOf(dtype, 'exact');
      const status = addon.copy(stores === 'streaming', format, source, target);
      if (status !== ok && status !== empty) {
        throw statusError(addon.statuses[status], 'copy', dtype);
      }
    },
  };
}

type Values = readonly unknown[];
/** Runs an operation by its codes, and returns a status. */
type Call = (op: number, format: number, inputs: Values, outputs: Values) => number;

/** Passes operands one by one: spreading two arrays into a call takes as long as a call of one element. */
function callOf(addon: Addon): Call {
  return function call(op, format, i, o) {
    if (i.length === 1) return addon.run(op, format, i[0], o[0]);
    if (i.length === 2) return addon.run(op, format, i[0], i[1], o[0]);
    return addon.run(op, format, i[0], i[1], i[2], o[0], o[1]);
  };
}

function runUncheckedOf(call: Call, { op: opCode, formatOf, ok }: Codes): Calls['runUnchecked'] {
  const formatOfFirstOperand = -1;
  const fast = formatOf('float32', 'fast');

  return function runUnchecked(op, inputs, outputs, precision) {
    if (hasImmutableBuffers && areSomeImmutable(outputs)) return undefined;
    const format = precision === 'fast' ? fast : formatOfFirstOperand;
    if (outputs[0] !== undefined && (outputs.length === 1 || outputs[1] !== undefined)) {
      return call(opCode[op], format, inputs, outputs) === ok ? outputs : undefined;
    }
    const dtype = dtypeToMake(typedArrayKind(inputs[0]), precision);
    const length = dtype ? typedArrayLength(inputs[0]) : 0;
    if (!dtype || length === 0) return undefined;
    const { array, bytes } = dtypes[dtype];
    copied = length * bytes > bytesInsideArray ? undefined : array;
    if (!copied && !areAlike(inputs, outputs, length)) return undefined;
    const given = outputs[0];
    const target = given === undefined ? newTarget(dtype, length, 0) : given;
    if (outputs.length === 1) {
      return call(opCode[op], format, inputs, [target]) === ok ? [resultIn(target)] : undefined;
    }
    const given2 = outputs[1];
    const target2 = given2 === undefined ? newTarget(dtype, length, 1) : given2;
    if (call(opCode[op], format, inputs, [target, target2]) !== ok) return undefined;
    return [
      given === undefined ? resultIn(target) : given,
      given2 === undefined ? resultIn(target2) : given2,
    ];
  };
}

// An array whose bytes V8 keeps inside it gets a buffer when the addon asks for its memory: a new Float32Array of 16
// elements takes 62 ns, with its buffer 975 ns, a copy of one 68 ns. So small results are computed in targets that have
// their buffers, and copied.

type Kind = 'float32' | 'float64';
const noTargets = (): Record<number, HostArray> => bare({}); // arrays would look for elements on Array.prototype
const small = {
  float32: [noTargets(), noTargets()],
  float64: [noTargets(), noTargets()],
} as const;

/** The constructor of the result, copied from a small shared target; undefined when the target is the result. */
let copied: (typeof dtypes)[Kind]['array'] | undefined;

/** Returns the dtype of missing results; undefined when the addon does not take x without checks. */
function dtypeToMake(kind: string | undefined, precision: Precision): Kind | undefined {
  if (kind === 'Float32Array') return 'float32';
  return kind === 'Float64Array' && precision === 'exact' ? 'float64' : undefined;
}

/**
 * Compares the kinds and lengths of all operands given, before a large result is allocated. The addon would refuse the
 * call too, but results allocated for refused calls, each as large as x, would wait for the garbage collector.
 */
function areAlike(inputs: Values, outputs: Values, length: number): boolean {
  const kind = typedArrayKind(inputs[0]);
  const isLike = (one: unknown) => typedArrayKind(one) === kind && typedArrayLength(one) === length;
  for (let i = 1; i < inputs.length; i++) if (!isLike(inputs[i])) return false;
  for (let i = 0; i < outputs.length; i++) {
    if (outputs[i] !== undefined && !isLike(outputs[i])) return false;
  }
  return true;
}

/** The addon writes to any memory: what must not be written is for the checked call to refuse. */
function areSomeImmutable(outputs: Values): boolean {
  for (let i = 0; i < outputs.length; i++) {
    if (typedArrayKind(outputs[i]) === undefined) continue;
    if (isImmutable(typedArrayBuffer(outputs[i]))) return true;
  }
  return false;
}

/** Returns an array to compute output `i` in; undefined when there is no memory for it. */
function newTarget(dtype: Kind, length: number, i: number): HostArray | undefined {
  const { array, bytes } = dtypes[dtype];
  if (!copied) {
    try {
      return new array(length);
    } catch {
      return undefined; // the checked call then reports what is wrong, memory or an argument
    }
  }
  const targets = small[dtype][i === 0 ? 0 : 1];
  targets[length] ??= new array(new ArrayBuffer(length * bytes), 0, length);
  return targets[length];
}

/** The result in the last target that {@link newTarget} made. */
function resultIn(target: unknown): unknown {
  return copied ? new copied(target as HostArray) : target;
}
