// One operation off the event loop, on what callers pass. JavaScript could detach or shrink memory under a
// job, which would crash the process, so a job works on a copy, on memory that was given away, or on memory
// that is shared.

import type { Backend, Storage } from '../backend/interface.ts';
import { allocateHost, copyHost, type DType, dtypes, type HostArray } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import {
  bytesInsideArray,
  isFirst,
  isShared,
  spansBuffer,
  threeAtMost,
  transferBuffers,
  typedArrayBuffer,
  typedArrayByteOffset,
} from '../base/intrinsics.ts';
import { type Op, ops } from '../base/ops.ts';
import { checkFlag, checkSignal } from '../base/options.ts';
import { checkRoom } from '../base/pending.ts';
import type { Allocation } from '../device/allocation.ts';
import { hostDevice } from '../device/default-device.ts';
import { arrayBackendOf } from '../device/device.ts';
import { giveBack } from '../device/memory.ts';
import { type Like, partsOn } from '../tensor/create.ts';
import { type Carrier, carrierOf } from '../tensor/lend.ts';
import { checkTensors } from '../tensor/run.ts';
import { checkAlive, isTensor, newTensor, type TensorState } from '../tensor/state.ts';
import { AsyncCall, type Plan, type Settle } from './async-call.ts';
import type { CallOptions } from './call-options.ts';
import { checkArrays, resultOf } from './check-arrays.ts';
import type { CheckedArrays, Values } from './checked.ts';

/** @internal Begins the operation, and settles the promise: with the result, or { x, dy } where there are two. */
export function runAsync(
  op: Op,
  inputs: Values,
  outs: Values,
  call: CallOptions,
  resolve: Settle['resolve'],
  reject: Settle['reject'],
): void {
  const signal = checkSignal(call.signal);
  signal?.throwIfAborted();
  const begin = isTensor(inputs[0]) ? runTensors : runArrays;
  begin(op, inputs, outs, call, { resolve, reject, signal });
}

// ---------------------------------------------------------------- arrays

const noOuts: Values = [undefined, undefined];

/** Looks at no prototype, where the array has one element. */
const second = <T>(array: readonly T[]): T | undefined => (array.length > 1 ? array[1] : undefined);

class ArrayCall extends AsyncCall {
  readonly #kind: string;
  readonly #outs: Values;

  /** @param outs - what the caller gave to write to, or undefined, for each output */
  constructor(plan: Plan, settle: Settle, kind: string, outs: Values) {
    super(plan, settle);
    this.#kind = kind;
    this.#outs = outs[0] === undefined && second(outs) === undefined ? noOuts : outs;
  }
  protected override result(output: Storage, index: number): unknown {
    return (
      this.#outs[index] ?? resultOf({ kind: this.#kind, dtype: this.dtype }, output as HostArray)
    );
  }
  protected override release(): void {}
}

function runArrays(op: Op, inputs: Values, outs: Values, call: CallOptions, settle: Settle): void {
  const transfer = checkFlag('transfer', call.transfer);
  const backend = arrayBackendOf(call.device ?? hostDevice());
  const checked = checkArrays(op, inputs, outs, call);
  const { dtype, kind, length } = checked.x;
  checkRoom();
  checkTargets(op, checked);
  const carriers = transfer ? transferred(op, checked) : copied(checked);
  const plan: Plan = {
    op,
    dtype,
    precision: checked.precision,
    inputs: threeAtMost(carriers.length, (i) => carriers[i]!.storage),
    outputs: outputsAmong(carriers, checked.targets, () => allocateHost(dtype, length)),
  };
  new ArrayCall(plan, settle, kind, outs).begin(backend);
}

/** @throws ERR_MISH_ARGUMENT for outputs that JavaScript could take away */
function checkTargets(op: Op, { x, targets, finish }: CheckedArrays): void {
  if (finish) {
    const { bytes } = dtypes[x.dtype];
    throw mishError(
      'ERR_MISH_ARGUMENT',
      `out: expected bytes that begin at a multiple of ${bytes}, as the job writes elements of ${x.dtype} there; got bytes that begin elsewhere. Leave out away, or pass others.`,
    );
  }
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] === undefined || isShared(targets[i])) continue;
    throw mishError(
      'ERR_MISH_ARGUMENT',
      `${ops[op].outputs[i]}: expected an array on a SharedArrayBuffer, as the job writes to it while JavaScript goes on; got one on an ArrayBuffer. Leave it out, or pass { transfer: true } for a result without a copy.`,
    );
  }
}

/** Shared memory as it is, and copies of the rest, in which little of it is copied too. */
function copied({ x, sources, targets }: CheckedArrays): Carrier[] {
  // Unless there is an out, which it may overlap.
  const isLittle =
    !targets[0] && !second(targets) && x.length * dtypes[x.dtype].bytes <= bytesInsideArray;
  return threeAtMost(sources.length, (i) => {
    const source = sources[i]!;
    return !isLittle && isShared(source)
      ? { storage: viewOn(typedArrayBuffer(source), x.dtype, source, x.length), isOwn: false }
      : { storage: copyHost(x.dtype, source), isOwn: true };
  });
}

function viewOn(buffer: ArrayBufferLike, dtype: DType, like: HostArray, length: number) {
  return new dtypes[dtype].array(buffer, typedArrayByteOffset(like), length);
}

/**
 * All arrays given away: their memory under buffers that no other code knows.
 * @throws ERR_MISH_ARGUMENT, and then nothing was given away, for one that cannot be
 */
function transferred(op: Op, { x, sources, parts }: CheckedArrays): Carrier[] {
  const names = ops[op].inputs;
  const bytes = x.length * dtypes[x.dtype].bytes;
  for (let i = 0; i < sources.length; i++) {
    checkWhole(names[i]!, sources[i]!, bytes, parts.includes(names[i]!));
  }
  const buffers = threeAtMost(sources.length, (i) => typedArrayBuffer(sources[i]) as ArrayBuffer);
  const taken = takeBuffers(buffers);
  return threeAtMost(sources.length, (i) => ({
    storage: viewOn(taken[i]!, x.dtype, sources[i]!, x.length),
    isOwn: isFirst(buffers, i), // twice the same memory is one place for results
  }));
}

function checkWhole(name: string, source: HostArray, bytes: number, isPart: boolean): void {
  const shared = isShared(source);
  if (!shared && !isPart && spansBuffer(source, bytes)) return;
  const got = shared ? 'one on a SharedArrayBuffer' : 'one that is a part of its ArrayBuffer';
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `transfer: expected ${name} to be an array over the whole of its own ArrayBuffer, to give away; got ${got}. Leave transfer out, or pass a copy of it.`,
  );
}

function takeBuffers(buffers: readonly ArrayBuffer[]): readonly ArrayBuffer[] {
  try {
    return transferBuffers(buffers);
  } catch (cause) {
    throw mishError(
      'ERR_MISH_ARGUMENT',
      'transfer: expected arrays whose memory can be given away; got one whose ArrayBuffer cannot be transferred (WebAssembly memory, or marked as untransferable). Leave transfer out.',
      { cause },
    );
  }
}

/** Where results go: to targets; else in place, to the last operands that are the job's own; else new. */
function outputsAmong(
  carriers: readonly Carrier[],
  targets: readonly (Storage | undefined)[],
  allocate: () => Storage,
): Storage[] {
  let next = carriers.length;
  const last = (): Storage => {
    while (--next >= 0) if (carriers[next]!.isOwn) return carriers[next]!.storage;
    return allocate();
  };
  if (targets.length === 1) return [targets[0] ?? last()];
  const second = targets[1] ?? last();
  return [targets[0] ?? last(), second];
}

// ---------------------------------------------------------------- tensors

type Lent = readonly (Allocation | undefined)[];

class TensorCall extends AsyncCall {
  readonly #x: Like;
  readonly #lent: Lent;

  constructor(plan: Plan, settle: Settle, x: TensorState, lent: Lent) {
    super(plan, settle);
    const { backend, dtype, shape, device, size } = x;
    this.#x = { backend, dtype, shape, device, size };
    this.#lent = lent;
  }
  protected override result(output: Storage): unknown {
    return newTensor(partsOn(output, this.#x));
  }
  protected override release(): void {
    giveBackAll(this.#lent);
  }
  protected override discard(): void {
    freeAll(this.#x.backend, this.outputs);
  }
}

/** Frees results that no caller receives: the garbage collector does not free memory on a device. */
function freeAll(backend: Backend, outputs: readonly (Storage | undefined)[]): void {
  for (let i = 0; i < outputs.length; i++) if (outputs[i]) backend.free(outputs[i]!);
}

function giveBackAll(lent: Lent): void {
  for (let i = 0; i < lent.length; i++) if (lent[i]) giveBack(lent[i]!);
}

/** @throws ERR_MISH_ARGUMENT for options that only arrays have */
function checkNoTargets(outs: Values, call: CallOptions): void {
  if (call.transfer === undefined && outs[0] === undefined && second(outs) === undefined) return;
  const name = call.transfer === undefined ? 'out' : 'transfer';
  const message = `${name}: expected none with tensors; got one. Their memory is lent to the call anyway, and results are new tensors.`;
  throw mishError('ERR_MISH_ARGUMENT', message);
}

function runTensors(op: Op, inputs: Values, outs: Values, call: CallOptions, settle: Settle): void {
  checkNoTargets(outs, call);
  const { states, precision } = checkTensors(inputs, outs, call, ops[op], checkAlive);
  checkRoom();
  const x = states[0]!;
  const { backend, dtype, size } = x;
  const lent: (Allocation | undefined)[] = [undefined, undefined, undefined];
  const made: (Storage | undefined)[] = [undefined, undefined];
  const allocate = (): Storage => {
    const storage = backend.alloc(dtype, size);
    made[made[0] ? 1 : 0] = storage;
    return storage;
  };
  let tensorCall: TensorCall;
  try {
    const carriers = threeAtMost(states.length, (i) => {
      const carrier = carrierOf(states[i]!);
      lent[i] = carrier.lent;
      return carrier;
    });
    const plan: Plan = {
      op,
      dtype,
      precision,
      inputs: threeAtMost(carriers.length, (i) => carriers[i]!.storage),
      outputs: outputsAmong(carriers, outs as undefined[], allocate),
    };
    tensorCall = new TensorCall(plan, settle, x, lent);
  } catch (error) {
    giveBackAll(lent);
    freeAll(backend, made);
    throw error;
  }
  tensorCall.begin(backend);
}
