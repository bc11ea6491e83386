// Tensors on their way to another worker: what is posted, and made a tensor again there.
import { types } from 'node:util';
import { transferView } from '../base/array-operand.ts';
import { checkDType, type DType, dtypes, type HostArray } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import {
  isShared,
  spansBuffer,
  transferBuffer,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayLength,
} from '../base/intrinsics.ts';
import { isPlainObject, readOptions } from '../base/options.ts';
import { checkShape, checkSize, sizeOf } from '../base/shape.ts';
import { Allocation } from '../device/allocation.ts';
import { backendOf, resolveDevice } from '../device/device.ts';
import { partsOn } from './create.ts';
import type { TensorParts, TensorState } from './state.ts';

/** A tensor that was released: post it as `postMessage(token, token.transferList)`. */
export interface TensorToken {
  /** What `Tensor.adopt` needs on the other side; nothing else is to read or change it. */
  readonly message: unknown;
  /** What moves. Empty for a tensor in shared memory, which both sides go on to use. */
  readonly transferList: readonly ArrayBuffer[];
}

/** The token of a usable tensor. @throws as `Tensor.release` */
export function tokenOf(state: TensorState): TensorToken {
  const { backend, storage, dtype, shape, device, hold } = state;
  const view = backend.hostView(storage);
  if (!view) {
    const remedy = "Use read(), and Tensor.from() there, or to('cpu') first";
    const message = `release: expected a tensor on the host; got one on ${device.id}. ${remedy}.`;
    throw mishError('ERR_MISH_NOT_ON_HOST', message);
  }
  const isEmpty = state.size === 0; // and takes no memory along, wherever its none is
  const buffer = isEmpty ? new ArrayBuffer(0) : typedArrayBuffer(view);
  const byteOffset = isEmpty ? 0 : typedArrayByteOffset(view);
  const tokenAround = (moved: ArrayBufferLike, transferList: readonly ArrayBuffer[]) => ({
    message: { dtype, shape: [...shape], device: device.id, buffer: moved, byteOffset },
    transferList,
  });
  if (!isEmpty && isShared(view)) return tokenAround(buffer, []);
  if (hold.allocation!.account.references > 1) {
    const got = 'got one whose memory other tensors are views of';
    const remedy = 'Dispose those, or release a clone()';
    throw mishError('ERR_MISH_IN_USE', `release: expected the only tensor; ${got}. ${remedy}.`);
  }
  const isWrapped = hold.allocation!.account.ownedBytes === 0;
  if (isWrapped && !isEmpty && !isWholeBuffer(view, dtypes[dtype].bytes)) {
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      'release: expected a tensor with memory of its own; got one that wraps a part of a buffer, all of which would go. Release a clone().',
    );
  }
  const own = isWrapped ? taken(buffer as ArrayBuffer) : (buffer as ArrayBuffer);
  return tokenAround(own, [own]);
}

/** A caller's memory, away from the caller; what cannot be is better known now than by whoever adopts it. */
function taken(buffer: ArrayBuffer): ArrayBuffer {
  try {
    return transferBuffer(buffer);
  } catch (cause) {
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      'release: expected memory that can be moved; got a tensor that wraps some that cannot (WebAssembly memory, or marked as untransferable). Release a clone().',
      { cause },
    );
  }
}

const isWholeBuffer = (view: HostArray, bytes: number): boolean =>
  spansBuffer(view, typedArrayLength(view) * bytes);

/** The parts of a token's tensor. @throws as `Tensor.adopt` */
export function partsOfToken(token: unknown): TensorParts {
  if (!isPlainObject(token)) {
    throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; got ${describe(token)}.`);
  }
  const { message } = readOptions(token, ['message', 'transferList'], 'token');
  if (!isPlainObject(message)) {
    throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; its message is none.`);
  }
  const fields = ['dtype', 'shape', 'device', 'buffer', 'byteOffset'] as const;
  const read = readOptions(message, fields, 'token.message');
  const dtype = checkDType(read.dtype, 'token.message.dtype');
  const shape = checkShape(read.shape);
  const device = resolveDevice('token.message.device', read.device);
  if (device.kind === 'cuda') {
    const got = `its device is ${device.id}, and there are none of those`;
    throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; ${got}.`);
  }
  const backend = backendOf(device);
  const size = sizeOf(shape);
  const view = viewOf(read.buffer, read.byteOffset, dtype, size);
  if (isShared(view)) {
    const allocation = new Allocation(backend, view, view.length, device.id, 0, true);
    return { allocation, begin: 0, backend, device, dtype, shape, size };
  }
  // Whoever still has the token has a buffer without memory from here on.
  const parts = partsOn(takenView(dtype, view), { backend, device, dtype, shape, size });
  parts.allocation.account.isCountedByEngine = false; // but by that of the thread that allocated it
  return parts;
}

function takenView(dtype: DType, view: HostArray): HostArray {
  try {
    return transferView(dtype, view);
  } catch (cause) {
    const got = 'its buffer cannot be moved';
    throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; ${got}.`, { cause });
  }
}

/** @throws ERR_MISH_ARGUMENT, ERR_MISH_DETACHED */
function viewOf(buffer: unknown, byteOffset: unknown, dtype: DType, size: number): HostArray {
  if (!types.isAnyArrayBuffer(buffer)) {
    const got = `its buffer is ${describe(buffer)}`;
    throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; ${got}.`);
  }
  const begin = checkSize('token.message.byteOffset', byteOffset);
  try {
    return new dtypes[dtype].array(buffer, begin, size);
  } catch (cause) {
    if (cause instanceof RangeError) {
      const got = `its buffer does not hold ${size} elements of ${dtype} at byte ${begin}`;
      throw mishError('ERR_MISH_ARGUMENT', `token: ${expectedToken}; ${got}.`, { cause });
    }
    const got = 'got one whose memory is gone: adopted before, or posted away';
    throw mishError('ERR_MISH_DETACHED', `token: expected one that is not used; ${got}.`, {
      cause,
    });
  }
}

const expectedToken = 'expected what release() returned, or a copy of it that was posted';
