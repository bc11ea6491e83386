// Synchronous calls of the addon's CPU kernels, as a backend has them.
import { dtypes, type HostArray } from '../../base/dtype.ts';
import { bare, bytesInsideArray, typedArrayKind, typedArrayLength } from '../../base/intrinsics.ts';
import type { ArrayBackend, NativeFacts } from '../interface.ts';
import type { Addon } from './addon.ts';
import { type Codes, statusError } from './codes.ts';

type Calls = Pick<ArrayBackend, 'run' | 'runUnchecked'> & Pick<NativeFacts, 'copy'>;

export function callsOf(addon: Addon, { op: opCode, formatOf, ok, empty }: Codes): Calls {
  const formatOfFirstOperand = -1;
  const fast = formatOf('float32', 'fast');

  // By number of operands: spreading two arrays into a call takes as long as a call of one element.
  const call = (
    op: number,
    format: number,
    i: readonly unknown[],
    o: readonly unknown[],
  ): number => {
    if (i.length === 1) return addon.run(op, format, i[0], o[0]);
    if (i.length === 2) return addon.run(op, format, i[0], i[1], o[0]);
    return addon.run(op, format, i[0], i[1], i[2], o[0], o[1]);
  };

  return {
    run(op, dtype, inputs, outputs, precision) {
      const status = call(opCode[op], formatOf(dtype, precision), inputs, outputs);
      if (status !== ok && status !== empty) throw statusError(addon.statuses[status], op, dtype);
    },
    runUnchecked(op, inputs, outputs, precision) {
      const format = precision === 'fast' ? fast : formatOfFirstOperand;
      if (outputs[0] !== undefined && (outputs.length === 1 || outputs[1] !== undefined)) {
        return call(opCode[op], format, inputs, outputs) === ok ? outputs : undefined;
      }
      if (outputs.length === 1) {
        const target = newTarget(inputs[0], 0);
        return call(opCode[op], format, inputs, [target]) === ok ? [resultIn(target)] : undefined;
      }
      const first = outputs[0] ?? newTarget(inputs[0], 0);
      const second = outputs[1] ?? newTarget(inputs[0], 1);
      if (call(opCode[op], format, inputs, [first, second]) !== ok) return undefined;
      return [outputs[0] ?? resultIn(first), outputs[1] ?? resultIn(second)];
    },
    copy(stores, dtype, source, target) {
      const format = formatOf(dtype, 'exact');
      const status = addon.copy(stores === 'streaming', format, source, target);
      if (status !== ok && status !== empty) {
        throw statusError(addon.statuses[status], 'copy', dtype);
      }
    },
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

/** An array like `x` to compute output `i` in; undefined for other kinds, and where there is no memory for it. */
function newTarget(x: unknown, i: number): HostArray | undefined {
  const kind = typedArrayKind(x);
  if (kind === 'Float32Array') return targetOf('float32', typedArrayLength(x), i);
  if (kind === 'Float64Array') return targetOf('float64', typedArrayLength(x), i);
  return undefined;
}

function targetOf(dtype: Kind, length: number, i: number): HostArray | undefined {
  const { array, bytes } = dtypes[dtype];
  copied = length * bytes > bytesInsideArray ? undefined : array;
  if (!copied) {
    try {
      return new array(length);
    } catch {
      return undefined; // the checked call says whether memory is what is wrong
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
