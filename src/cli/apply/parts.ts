// The parts of an output file in the order in which they are written: headers, tensors to compute, tensors to copy.
import { type DType, dtypes } from '../../base/dtype.ts';
import type { FileFormat } from '../../files/foreign.ts';
import type { TensorLayout } from '../../files/layout.ts';
import { formatNpyHeader } from '../../files/npy-header.ts';
import {
  dtypeNameOf,
  formatSafetensorsHeader,
  type TensorToWrite,
  widestFirst,
} from '../../files/safetensors-header.ts';
import type { CopiedTensor, TensorFile } from './tensor-file.ts';

/** One tensor of the output. */
export interface Part {
  readonly name: string;
  /** Bytes before the tensor's own: an array's header, or that of the whole file. */
  readonly header: Uint8Array | undefined;
  /** Where to read the tensor to compute. */
  readonly layout?: TensorLayout;
  /** The bytes to copy, where nothing is computed. */
  readonly copied?: { readonly position: number; readonly byteLength: number };
}

/** How the output differs from the file that is read. */
export interface OutputForm {
  readonly format: FileFormat;
  /** What tensors are converted to; as they are without it. */
  readonly dtype?: DType | undefined;
  /** Whether the other tensors of the file are written too. */
  readonly keepsOthers?: boolean;
}

/** The parts of the output for the tensors of that file. */
export function partsOf(
  x: TensorFile,
  { format, dtype, keepsOthers }: OutputForm,
): readonly Part[] {
  const others = keepsOthers ? [...x.others] : [];
  if (format === 'npy') return arraysOf([...x.layouts], others, dtype);
  const computed = [...x.layouts].map(([name, layout]) => computedTensor(name, layout, dtype));
  const copied = others.map(([name, { dtypeName, shape, position, byteLength }]) => ({
    ...{ name, dtypeName, shape, byteLength, copied: { position, byteLength } },
  }));
  const tensors: (TensorToWrite & Omit<Part, 'header'>)[] = [...computed, ...copied];
  tensors.sort(widestFirst);
  const header = formatSafetensorsHeader(tensors, x.metadata);
  // Also without a tensor there is a header.
  if (tensors.length === 0) return [{ name: '', header }];
  return tensors.map((tensor, i) => ({ ...tensor, header: i === 0 ? header : undefined }));
}

function computedTensor(name: string, layout: TensorLayout, dtype = layout.dtype) {
  const { shape, size } = layout;
  const byteLength = size * dtypes[dtype].bytes;
  return { name, dtypeName: dtypeNameOf(dtype), shape, byteLength, layout };
}

/** Arrays in the order of the file, those that are copied with their own headers. */
function arraysOf(
  layouts: readonly (readonly [string, TensorLayout])[],
  others: readonly (readonly [string, CopiedTensor])[],
  dtype: DType | undefined,
): readonly Part[] {
  const computed = layouts.map(([name, layout]) => ({
    ...{ name, layout, position: layout.position },
    header: formatNpyHeader(dtype ?? layout.dtype, layout.shape, layout.fortranOrder),
  }));
  const copied = others.map(([name, { position, byteLength }]) => ({
    ...{ name, header: undefined, position, copied: { position, byteLength } },
  }));
  return [...computed, ...copied].sort((a, b) => a.position - b.position);
}
