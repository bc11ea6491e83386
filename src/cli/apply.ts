// node-mish apply: f, f', f'' or backward of the tensors in a file, into a file like it, which is there whole
// or not at all.
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { dtypeNames } from '../base/dtype.ts';
import { mishError, quote } from '../base/errors.ts';
import type { Precision } from '../base/options.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { getDefaultDevice } from '../device/default-device.ts';
import { elementwiseOps } from '../files/elementwise.ts';
import { writeWhole } from '../files/output-file.ts';
import { type OutputForm, partsOf } from './apply/parts.ts';
import { applyInPieces, bytesToDo, type Work } from './apply/pieces.ts';
import { startProgress } from './apply/progress.ts';
import { openTensorFile, type TensorFile } from './apply/tensor-file.ts';
import { type Command, choice, deviceFlag, type Flags, outputFlag, usageError } from './command.ts';
import { interruptible } from './interrupt.ts';
import { count, json, type Output, printable, seconds } from './output.ts';

const opNames = [...elementwiseOps, 'backward'] as const;

const help = `node-mish apply: Mish of the tensors in a file, of any size

Usage: node-mish apply [--op <op>] [flags] <in> -o <out>

Reads .npy (float16, float32, float64, bfloat16) or .safetensors (F16, BF16,
F32, F64), and writes the same format, shape, names and metadata. An .npy with
several arrays gives one with as many. The output is there whole or not at all,
also after Ctrl-C.

Flags:
  --op <op>          forward (default), derivative, derivative2, or
                     backward: dy f'(x), with --dy
  --dy <file>        the gradient, in the format, shape and names of <in>
  -o, --output <out> where to write; must not be an input
  --dtype <dtype>    convert to it first: ${dtypeNames.join(', ')}
  --name <name>      only this tensor of a .safetensors file, or all whose names
                     match, as 'layer.*'; may be repeated
  --keep-others      copy the tensors that are not computed: those not named,
                     and dtypes that Mish has not, as the I64 of a checkpoint
                     or the int64 labels in an .npy with several arrays
  --to npy           write one tensor of a .safetensors file as .npy
  --device <device>  cpu, js, cuda, cuda:N, auto; default: NODE_MISH_DEVICE,
                     else the CPU
  --precision <p>    exact (default) or, for float32, fast
  --json             what was done, for programs

Examples:
  node-mish apply x.npy -o y.npy
  node-mish apply --op derivative2 --dtype float64 x.npy -o d2.npy
  node-mish apply --op backward --dy dy.npy x.npy -o dx.npy
  node-mish apply --name layer.0 model.safetensors -o activations.safetensors
  node-mish apply --keep-others model.safetensors -o activated.safetensors
`;

interface Request {
  readonly input: string;
  readonly output: string;
  readonly dy: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly keepsOthers: boolean;
  readonly to: 'npy' | undefined;
  readonly work: Omit<Work, 'x' | 'dy'>;
}

function requestOf(operands: readonly string[], flags: Flags): Request {
  const [input, ...more] = operands;
  if (!input) throw usageError('expected a file to read; got none.');
  if (more.length > 0) throw usageError(`expected one file to read; got '${more[0]}' too.`);
  const output = outputFlag(flags);
  const op = choice(flags, 'op', opNames) ?? 'forward';
  const dy = flags['dy'] as string | undefined;
  if ((op === 'backward') !== (dy !== undefined) || dy === '') {
    throw usageError('--dy: the gradient belongs to --op backward, and that needs it.');
  }
  const dtype = choice(flags, 'dtype', dtypeNames);
  const precision = choice<Precision>(flags, 'precision', ['exact', 'fast']);
  const work = {
    op,
    device: deviceFlag(flags) ?? getDefaultDevice(),
    ...(dtype && { dtype }),
    ...(precision && { precision }),
  };
  const names = flags['name'] as readonly string[] | undefined;
  const to = choice(flags, 'to', ['npy'] as const);
  const keepsOthers = flags['keep-others'] === true;
  if (to && keepsOthers) throw usageError('--to npy: one tensor only, so no --keep-others.');
  return { input, output, dy, names, keepsOthers, to, work };
}

// ---------------------------------------------------------------- checks

/** @throws when the output would overwrite an input, or says by its name that it has another format */
async function checkOutput(request: Request, x: TensorFile): Promise<void> {
  const { input, output, dy } = request;
  const written = await identity(output);
  for (const path of dy === undefined ? [input] : [input, dy]) {
    if (written === undefined || written !== (await identity(path))) continue;
    const got = path === output ? 'got the input itself' : `${output} is ${path}`;
    throw usageError(`-o: expected another file than the inputs; ${got}.`);
  }
  checkExtension(output, request.to ?? x.format, x);
  if (!request.to || x.layouts.size === 1) return;
  const got = `${input} has ${x.layouts.size} tensors to compute`;
  throw usageError(`--to npy: expected one tensor; ${got}. Name one with --name.`);
}

const viaPython =
  'Write a .safetensors, and convert it from Python with safetensors.torch.load_file';

/** Endings of formats that are not written, whose readers would fail on what is. */
const remedyOfEnding: Readonly<Record<string, string>> = {
  '.npz': 'Write an .npy, and let numpy.savez make an archive of it',
  ...Object.fromEntries(
    ['.pt', '.pth', '.pkl', '.gguf', '.onnx', '.h5'].map((ending) => [ending, viaPython]),
  ),
};

function checkExtension(output: string, format: string, x: TensorFile): void {
  const extension = extname(output).toLowerCase();
  if (Object.hasOwn(remedyOfEnding, extension)) {
    const remedy = remedyOfEnding[extension];
    throw usageError(`-o: expected .npy or .safetensors; got ${output}. ${remedy}.`);
  }
  if (!['.npy', '.safetensors'].includes(extension) || extension === `.${format}`) return;
  const isOther = x.format !== format;
  const expected = `expected the format of ${isOther ? '--to' : 'the input'}, .${format}`;
  const remedy =
    format === 'npy' ? 'Change its ending' : 'Change its ending, or write one tensor with --to npy';
  throw usageError(`-o: ${expected}; got ${output}. ${remedy}.`);
}

/** What says that two paths are one file, whatever links lead there; undefined where there is none. */
async function identity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // what is wrong with it shows when it is opened
  }
}

/** @throws unless every tensor of x has one of its kind in dy */
function checkPairs(x: TensorFile, dy: TensorFile, converted: boolean): void {
  const fail = (code: 'ERR_MISH_SHAPE' | 'ERR_MISH_DTYPE' | 'ERR_MISH_ARGUMENT', what: string) =>
    mishError(code, `--dy: ${what}.`);
  if (x.format !== dy.format) {
    throw fail('ERR_MISH_ARGUMENT', `expected a .${x.format} file, as x is; got .${dy.format}`);
  }
  if (x.layouts.size !== dy.layouts.size) {
    const got = `expected as many arrays as x has, ${x.layouts.size}; got ${dy.layouts.size}`;
    throw fail('ERR_MISH_ARGUMENT', got);
  }
  for (const [name, layout] of x.layouts) {
    const other = dy.layouts.get(name); // of .safetensors always there: it was opened with the names of x
    if (!other) throw fail('ERR_MISH_ARGUMENT', 'expected its arrays in the places of those of x');
    const of = x.format === 'npy' ? '' : ` of ${quote(name)}`;
    if (!sameShape(layout.shape, other.shape)) {
      const got = `got ${formatShape(other.shape)}`;
      throw fail('ERR_MISH_SHAPE', `expected shape ${formatShape(layout.shape)}${of}; ${got}`);
    }
    if (!converted && layout.dtype !== other.dtype) {
      const got = `got ${other.dtype}. Convert both with --dtype`;
      throw fail('ERR_MISH_DTYPE', `expected ${layout.dtype}${of}, as x is; ${got}`);
    }
    if (layout.fortranOrder !== other.fortranOrder) {
      const remedy = 'save both with numpy.ascontiguousarray';
      throw fail('ERR_MISH_ARGUMENT', `expected the memory order of x (C or Fortran); ${remedy}`);
    }
  }
}

/** @throws when tensors of another dtype than float32 are to be computed fast */
function checkFast({ layouts }: TensorFile, { dtype, precision }: Request['work']): void {
  if (precision !== 'fast') return;
  const dtypes = dtype ? [dtype] : [...layouts.values()].map((layout) => layout.dtype);
  const other = dtypes.find((each) => each !== 'float32');
  if (other) throw usageError(`--precision: fast is for float32; got ${other}.`);
}

// ---------------------------------------------------------------- the work

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  const request = requestOf(operands, flags);
  const { names, keepsOthers, to } = request;
  const selection = { names, keepsOthers, isOne: to !== undefined };
  const x = await openTensorFile(request.input, '<in>', selection);
  let dy: TensorFile | undefined;
  try {
    if (request.dy !== undefined) {
      const names = x.format === 'npy' ? undefined : [...x.layouts.keys()];
      dy = await openTensorFile(request.dy, '--dy', { names, keepsOthers });
      checkPairs(x, dy, request.work.dtype !== undefined);
    }
    checkFast(x, request.work);
    await checkOutput(request, x);
    await write(request, { ...request.work, x, ...(dy ? { dy } : {}) }, flags, output);
    return 0;
  } finally {
    await x.file.close();
    await dy?.file.close();
  }
}

async function write(request: Request, work: Work, flags: Flags, output: Output): Promise<void> {
  const begin = performance.now();
  const form: OutputForm = {
    format: request.to ?? work.x.format,
    dtype: work.dtype,
    keepsOthers: request.keepsOthers,
  };
  const parts = partsOf(work.x, form);
  const progress = startProgress(bytesToDo(parts));
  try {
    await interruptible((signal) =>
      writeWhole(
        request.output,
        async (append) => {
          await applyInPieces(work, parts, append, { signal, onBytes: progress.update });
        },
        { signal, name: '-o' },
      ),
    );
  } finally {
    progress.end();
  }
  report(request, work, (performance.now() - begin) / 1000, flags, output);
}

function report(
  { output: path, to, keepsOthers }: Request,
  { x, op, dtype, device }: Work,
  elapsed: number,
  flags: Flags,
  output: Output,
): void {
  const tensors = [...x.layouts].map(([name, layout]) => {
    const { shape, size } = layout;
    return { name, dtype: dtype ?? layout.dtype, shape, size };
  });
  const elements = tensors.reduce((sum, { size }) => sum + size, 0);
  const where = device?.id;
  if (flags['json']) {
    const done = { output: path, format: to ?? x.format, op, device: where, elements };
    const copied = keepsOthers && { copied: [...x.others.keys()] };
    output.print(json({ ...done, seconds: elapsed, tensors, ...copied }));
    return;
  }
  const [only] = tensors;
  const what =
    tensors.length === 1
      ? `${count(elements)} ${only!.dtype} elements, ${formatShape(only!.shape)},`
      : `${count(elements)} elements in ${tensors.length} tensors`;
  const copied = keepsOthers && x.others.size > 0 ? `, ${x.others.size} copied` : '';
  const told = `${path}: ${op} of ${what} on ${where} in ${seconds(elapsed)}${copied}`;
  output.print(printable(told));
}

export const apply: Command = {
  name: 'apply',
  summary: "f, f', f'' or backward of the tensors in a file, of any size",
  help,
  flags: {
    op: { type: 'string' },
    dy: { type: 'string' },
    output: { type: 'string', short: 'o' },
    dtype: { type: 'string' },
    name: { type: 'string', multiple: true },
    'keep-others': { type: 'boolean' },
    to: { type: 'string' },
    device: { type: 'string' },
    precision: { type: 'string' },
    json: { type: 'boolean' },
  },
  run,
};
