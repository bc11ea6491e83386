// A small checkpoint as PyTorch's safetensors writes it, byte for byte: tensors by width and then name, the header
// padded to eight bytes.

type Row = readonly [name: string, dtype: string, shape: readonly number[], bytes: Uint8Array];

const rows: readonly Row[] = [
  ['bn1.num_batches_tracked', 'I64', [], new Uint8Array(BigInt64Array.of(7n).buffer)],
  ['bn1.running_mean', 'F32', [4], new Uint8Array(Float32Array.of(0, 0.5, 1, 1.5).buffer)],
  ['conv1.weight', 'F32', [4, 2, 1, 1], new Uint8Array(new Float32Array(8).fill(-1).buffer)],
  ['head.weight', 'BF16', [3], Uint8Array.of(0x80, 0x3f, 0, 0, 0x80, 0xbf)], // 1, 0, -1
  ['mask', 'BOOL', [2], Uint8Array.of(1, 0)],
];

/** The names of its tensors, in their order. */
export const checkpointNames: readonly string[] = rows.map(([name]) => name);

/** The file, or one with only those of its tensors. */
export function checkpointFile(names: readonly string[] = checkpointNames): Buffer {
  const kept = rows.filter(([name]) => names.includes(name));
  let begin = 0;
  const members = kept.map(([name, dtype, shape, bytes]) => {
    const info = { dtype, shape, data_offsets: [begin, begin + bytes.length] };
    begin += bytes.length;
    return `${JSON.stringify(name)}:${JSON.stringify(info)}`;
  });
  const header = `{${['"__metadata__":{"format":"pt"}', ...members].join(',')}}`;
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, Buffer.from(padded), ...kept.map(([, , , bytes]) => bytes)]);
}
