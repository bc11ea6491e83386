// The 'descr' of an .npy header: which dtype and byte order numpy makes of the text, and the bytes of an element of
// those that Mish does not compute.
import { type ByteOrder, hostByteOrder } from '../base/byte-order.ts';
import type { DType } from '../base/dtype.ts';

/** Names of dtypes that numpy.dtype() takes, without an order of bytes: they mean that of the machine. */
const dtypeNames: Readonly<Record<string, DType>> = {
  float16: 'float16',
  half: 'float16',
  float32: 'float32',
  single: 'float32',
  float64: 'float64',
  double: 'float64',
  float: 'float64',
  bfloat16: 'bfloat16', // which ml_dtypes registers
};

/** Codes that follow an order of bytes, or stand alone. */
const dtypeCodes: Readonly<Record<string, DType>> = {
  ...{ f2: 'float16', e: 'float16', f4: 'float32', f: 'float32', f8: 'float64', d: 'float64' },
  V2: 'bfloat16',
};

const byteOrders: Readonly<Record<string, ByteOrder>> = { '<': 'little', '>': 'big' };

/** Without an order: that of this machine, as numpy has it; V2 is two bytes as ml_dtypes writes them. */
const byteOrderOf = (dtype: DType): ByteOrder => (dtype === 'bfloat16' ? 'little' : hostByteOrder);

/**
 * What numpy.dtype() makes of the text, of the four dtypes; test/fixtures/npy-descrs.json has its answers. Undefined
 * for others.
 */
export function npyDTypeOf(
  descr: string,
): { readonly dtype: DType; readonly byteOrder: ByteOrder } | undefined {
  const [, order, text] = /^([<>=|]?)(\w+)$/.exec(descr) ?? [];
  const code = text?.replace(/^([fV])0+(?=\d)/, '$1'); // a number to numpy
  const named = order === '' && Object.hasOwn(dtypeNames, code!) ? dtypeNames[code!] : undefined;
  const dtype = named ?? (code && Object.hasOwn(dtypeCodes, code) ? dtypeCodes[code] : undefined);
  return dtype && { dtype, byteOrder: byteOrders[order!] ?? byteOrderOf(dtype) };
}

/**
 * Bytes of an element of another dtype, as numpy.save spells it: '<i8', '|b1', '<U4', '<M8[ns]'. Undefined for objects,
 * whose pickles have any length, and for records.
 */
export function npyItemBytes(descr: string): number | undefined {
  const [, code] = /^[<>=|]?(\w+)(?:\[\w+\])?$/.exec(descr) ?? [];
  if (!code || !/^(?:b1|[iu][1248]|f1[26]|c(?:8|16|24|32)|[mM]8|[VSU]\d{1,9})$/.test(code))
    return undefined;
  return Number(code.slice(1)) * (code.startsWith('U') ? 4 : 1); // UTF-32
}
