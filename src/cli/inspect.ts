// node-mish inspect: the tensors in a file by name, dtype, shape and bytes, and its metadata, without reading them.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMishError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { withInputFile } from '../files/input-file.ts';
import { readNpyHeaders } from '../files/npy-header.ts';
import { readHeader } from '../files/safetensors-header.ts';
import { readShardIndex } from '../files/shard-index.ts';
import { formatOf } from './apply/tensor-file.ts';
import { type Command, type Flags, usageError } from './command.ts';
import { count, json, type Output, printable, table } from './output.ts';

const help = `node-mish inspect: what tensors are in a file

Usage: node-mish inspect [--json] <file>

Lists names, dtypes, shapes, bytes and metadata of a .safetensors file; the
arrays of an .npy file; and of model.safetensors.index.json the tensors of every
shard, and the shards that are missing or damaged. Takes any dtype, and reads
headers only.

Flags:
  --json             the same for programs

Examples:
  node-mish inspect model.safetensors
  node-mish inspect model.safetensors.index.json
`;

interface Listed {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** The file that has it, of several. */
  readonly shard?: string;
}

interface Found {
  readonly format: 'npy' | 'safetensors' | 'safetensors index';
  readonly tensors: readonly Listed[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Shards that the index names and that are missing or damaged, or lack a tensor that it places there. */
  readonly problems?: readonly string[];
}

async function inspectFile(path: string): Promise<Found> {
  if (path.endsWith('.json')) return inspectShards(path);
  return withInputFile(path, async (file) => {
    if ((await formatOf(file)) === 'npy') {
      const arrays = await readNpyHeaders(file);
      const tensors = arrays.map(({ dtypeName, layout, shape, byteLength: bytes }, i) => ({
        ...{ name: String(i), dtype: layout?.dtype ?? dtypeName, shape, bytes },
      }));
      return { format: 'npy', tensors, metadata: {} };
    }
    const { entries, metadata } = await readHeader(file);
    const tensors = [...entries].map(([name, { dtypeName: dtype, shape, byteLength: bytes }]) => ({
      ...{ name, dtype, shape, bytes },
    }));
    return { format: 'safetensors', tensors, metadata: Object.fromEntries(metadata) };
  });
}

/** The tensors of all shards that an index names, in its order of shards. */
async function inspectShards(path: string): Promise<Found> {
  const { shards, metadata } = await readShardIndex(path);
  const tensors: Listed[] = [];
  const problems: string[] = [];
  for (const [shard, names] of shards) {
    const file = join(dirname(path), shard);
    if (!(await isThere(file))) {
      problems.push(`${shard} is missing, with ${countOfTensors(names.length)}`);
      continue;
    }
    const found = await inspectShard(file);
    if (typeof found === 'string') {
      problems.push(found);
      continue;
    }
    const has = new Set(found.tensors.map(({ name }) => name));
    const lost = names.filter((name) => !has.has(name));
    if (lost.length > 0) problems.push(`${shard} lacks ${lost.slice(0, 3).join(', ')}`);
    tensors.push(...found.tensors.map((tensor) => ({ ...tensor, shard })));
  }
  return { format: 'safetensors index', tensors, metadata, problems };
}

/** What is in a shard; what is wrong with one that is cut off, as a download leaves it. */
async function inspectShard(file: string): Promise<Found | string> {
  try {
    return await inspectFile(file);
  } catch (error) {
    if (isMishError(error) && error.code === 'ERR_MISH_FORMAT') return error.message;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  const [path, ...more] = operands;
  if (!path) throw usageError('expected a file to read; got none.');
  if (more.length > 0) throw usageError(`expected one file to read; got '${more[0]}' too.`);
  const found = await inspectFile(path);
  if (flags['json']) output.print(json(found));
  else for (const line of lines(path, found)) output.print(printable(line));
  return (found.problems ?? []).length > 0 ? 1 : 0;
}

/** Some programs keep pictures and logs of training there. */
const longestText = 200;

const shortened = (text: string): string =>
  text.length <= longestText
    ? text
    : `${text.slice(0, longestText)}... (${count(text.length)} characters; --json has all)`;

const countOfTensors = (n: number): string => `${count(n)} ${n === 1 ? 'tensor' : 'tensors'}`;

function lines(path: string, { format, tensors, metadata, problems = [] }: Found): string[] {
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const title = `${basename(path)}: ${format}, ${countOfTensors(tensors.length)}, ${count(bytes)} bytes`;
  const rows = tensors.map(({ name, dtype, shape, bytes, shard }) => [
    printable(name),
    dtype,
    count(bytes),
    ...(shard === undefined ? [] : [shard]),
    formatShape(shape),
  ]);
  const texts = Object.entries(metadata).map(([key, text]) => `  ${key}: ${shortened(text)}`);
  return [
    title,
    ...table(rows),
    ...(texts.length > 0 ? ['metadata', ...texts] : []),
    ...problems.map((problem) => `PROBLEM: ${problem}`),
  ];
}

export const inspect: Command = {
  name: 'inspect',
  summary: 'what tensors are in a file: names, dtypes, shapes, metadata',
  help,
  flags: { json: { type: 'boolean' } },
  run,
};
