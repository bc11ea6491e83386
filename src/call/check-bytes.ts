// The operands of a call on raw bytes, checked and made elements: every operand is bytes, of one dtype and length.
import { checkOverlap, type Sharing } from '../backend/overlap.ts';
import {
  type BytesOperand,
  bytesOperand,
  type ElementsOfBytes,
  elementsOfBytes,
  writeToBytes,
} from '../base/bytes.ts';
import { checkDType, type DType, type HostArray } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import { isImmutable, rangesOverlap, threeAtMost } from '../base/intrinsics.ts';
import { type Op, ops } from '../base/ops.ts';
import { checkPrecision } from '../base/options.ts';
import type { RunOptions } from '../tensor/run.ts';
import { type CheckedArrays, immutableError, type Values } from './checked.ts';

/** Checks every operand of a call whose x is bytes. @throws as checkArrays */
export function checkBytes(
  op: Op,
  x: BytesOperand,
  inputs: Values,
  outs: Values,
  options: RunOptions,
): CheckedArrays {
  const names = ops[op];
  const dtype = checkDType(options.dtype);
  const precision = checkPrecision(options.precision, dtype);
  const operand = (name: string, value: unknown) => checkLike(name, value, x);
  const sources = threeAtMost(inputs.length, (i) =>
    i === 0 ? x : operand(names.inputs[i]!, inputs[i]),
  );
  const targets = threeAtMost(outs.length, (i) =>
    outs[i] === undefined
      ? undefined
      : checkTarget(names.outputs[i]!, operand(names.outputs[i]!, outs[i])),
  );
  checkOverlap(op, sources, given(targets), sharing);
  const elements = (name: string, bytes: BytesOperand) => elementsOfBytes(name, bytes, dtype);
  const made = threeAtMost(sources.length, (i) => elements(names.inputs[i]!, sources[i]!));
  const results = threeAtMost(
    targets.length,
    (i) => targets[i] && elements(names.outputs[i]!, targets[i]!),
  );
  const { array } = made[0]!;
  return {
    x: { kind: x.kind, dtype, array, length: array.length },
    sources: threeAtMost(made.length, (i) => made[i]!.array),
    targets: threeAtMost(results.length, (i) => results[i]?.array),
    precision,
    parts: names.inputs.filter((_, i) => made[i]?.isCopy && sources[i]!.begin > 0),
    finish: finishOf(targets, results, dtype),
  };
}

/** @throws ERR_MISH_DTYPE or ERR_MISH_LENGTH unless the value is as many bytes as x is */
function checkLike(name: string, value: unknown, x: BytesOperand): BytesOperand {
  const bytes = bytesOperand(name, value);
  if (!bytes) {
    const remedy = `Pass the bytes of ${name} too: new Uint8Array(${name}.buffer, ${name}.byteOffset, ${name}.byteLength)`;
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected bytes, as x is; got ${describe(value)}. ${remedy}.`,
    );
  }
  const [length, expected] = [bytes.end - bytes.begin, x.end - x.begin];
  if (length === expected) return bytes;
  throw mishError(
    'ERR_MISH_LENGTH',
    `${name}: expected ${expected} bytes, as x has; got ${length}. Pass operands of one length, or subarrays.`,
  );
}

function checkTarget(name: string, bytes: BytesOperand): BytesOperand {
  if (isImmutable(bytes.buffer)) throw immutableError(name);
  return bytes;
}

const given = (targets: readonly (BytesOperand | undefined)[]): BytesOperand[] =>
  targets.filter((target) => target !== undefined);

function sharing(a: BytesOperand, b: BytesOperand): Sharing {
  if (!rangesOverlap(a, b)) return 'none';
  return a.begin === b.begin ? 'all' : 'part';
}

/** What writes results to the outputs that they are a copy of; undefined when all are in place. */
function finishOf(
  targets: readonly (BytesOperand | undefined)[],
  results: readonly (ElementsOfBytes | undefined)[],
  dtype: DType,
): ((outputs: readonly HostArray[]) => void) | undefined {
  if (!results.some((result) => result?.isCopy)) return undefined;
  return (outputs) => {
    for (let i = 0; i < targets.length; i++) {
      if (targets[i] && results[i]!.isCopy) writeToBytes(targets[i]!, outputs[i]!, dtype);
    }
  };
}
