// Every operation in every dtype under each floating-point mode that some library may have left in a thread,
// by the test build of the addon: on the calling thread, and on the pool's. As a worker, in that worker.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { newElements, opCases, sample } from '../calls/calls.ts';
import { seamsFile } from '../repository.ts';
import { type DTypeName, dtypeNames, type Elements, sameBits } from '../values/vectors.ts';

/** build/seams/node-mish.node: the addon, and the floating-point modes of its threads. */
export interface Seams {
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  readonly statuses: readonly string[];
  select(isa: string): boolean;
  run(op: number, dtype: number, ...operands: readonly Elements[]): number;
  connect(settle: (record: Task, status: number, code: number) => void): number;
  submit(
    record: Task,
    aborted: undefined,
    op: number,
    dtype: number,
    ...operands: readonly Elements[]
  ): number;
  fpMode(): number;
  setFpMode(bits: number): void;
  /** Before its next job a thread of the pool gets into that mode. */
  setHelperFpMode(bits: number): void;
  /** The mode that the last one was in after its job. */
  helperFpMode(): number;
}

export const loadSeams = (): Seams => createRequire(import.meta.url)(seamsFile) as Seams;

/** All but the flags that operations leave behind. */
export const control = 0xffc0;
export const defaultMode = 0x1f80;

const roundings = { nearest: 0, down: 0x2000, up: 0x4000, 'to zero': 0x6000 };
const flags = { 'flush to zero': 0x8000, 'denormals are zero': 0x40, 'underflow traps': 0x800 };

export interface Mode {
  readonly name: string;
  readonly bits: number;
}

/** Four roundings times each of the flags set and not: 32. */
export const modes: readonly Mode[] = Object.entries(roundings).flatMap(([rounding, bits]) =>
  Array.from({ length: 8 }, (_, set) => {
    const chosen = Object.entries(flags).filter((_, i) => set & (1 << i));
    // An exception traps where its bit is not set.
    return {
      name: [`round ${rounding}`, ...chosen.map(([name]) => name)].join(', '),
      bits: chosen.reduce((mode, [, flag]) => mode ^ flag, defaultMode | bits),
    };
  }),
);

/** Elements of which many, and many results, are subnormal. */
function withSubnormals(dtype: DTypeName, seed: number): Elements {
  const elements = sample(dtype, 999, seed);
  const tiny = { float32: 2 ** -149, float64: 2 ** -1074 } as Readonly<Record<string, number>>;
  const tail = { float32: -92, float64: -720, float16: 0xcb00, bfloat16: 0xc2b8 }[dtype];
  elements.forEach((_, i) => {
    if (i % 3 === 1) elements[i] = (tiny[dtype] ?? 1) * (i + 1);
    if (i % 3 === 2) elements[i] = tail + (tiny[dtype] ? -i / 100 : i % 8);
  });
  return elements;
}

export interface Task {
  readonly name: string;
  readonly op: number;
  readonly dtype: number;
  readonly inputs: readonly Elements[];
  readonly outs: readonly Elements[];
}

/** One of each, its memory made beforehand: no JavaScript arithmetic in a strange mode. */
function tasks(addon: Seams): Task[] {
  assert.deepEqual(new Set(addon.ops), new Set(opCases.map(({ name }) => name)));
  return dtypeNames.flatMap((dtype) =>
    opCases.map(({ name, inputs, outputs }) => ({
      name: `${name} ${dtype}`,
      op: addon.ops.indexOf(name),
      dtype: addon.dtypes.indexOf(dtype),
      inputs: [1, 5, 7].slice(0, inputs).map((seed) => withSubnormals(dtype, seed)),
      outs: Array.from({ length: outputs }, () => newElements(dtype, 999).fill(1)),
    })),
  );
}

/** Runs each task in that mode; the modes found after each. */
function runIn(mode: number, addon: Seams, all: readonly Task[]): number[] {
  const found: number[] = all.map(() => 0);
  try {
    for (const [i, { op, dtype, inputs, outs }] of all.entries()) {
      addon.setFpMode(mode);
      addon.run(op, dtype, ...inputs, ...outs);
      found[i] = addon.fpMode();
    }
  } finally {
    addon.setFpMode(defaultMode);
  }
  return found.map((each) => each & control);
}

type Problems = string[];

function compare(actual: readonly Task[], expected: readonly Task[], mode: Mode): Problems {
  const wrong = actual.filter(
    ({ outs }, i) => !outs.every((out, o) => sameBits(out, expected[i]!.outs[o]!)),
  );
  return wrong.map(({ name }) => `${mode.name}: other bits of ${name}`);
}

const restored = (found: number, mode: Mode, where: string): Problems =>
  (found & control) === mode.bits ? [] : [`${mode.name}: not the mode of ${where} any more`];

/** What is wrong on the calling thread. */
export function problemsHere(addon: Seams, level: string): Problems {
  assert.ok(addon.select(level));
  const expected = tasks(addon);
  runIn(defaultMode, addon, expected);
  return modes.flatMap((mode) => {
    const actual = tasks(addon);
    const found = runIn(mode.bits, addon, actual);
    return [
      ...new Set(found.flatMap((each) => restored(each, mode, 'the caller'))),
      ...compare(actual, expected, mode),
    ];
  });
}

/** What is wrong on the pool's threads. */
export async function problemsInPool(addon: Seams, level: string): Promise<Problems> {
  assert.ok(addon.select(level));
  const ends = new Map<Task, () => void>();
  assert.equal(addon.statuses[addon.connect((task) => ends.get(task)!())], 'ok');
  const submit = (task: Task): Promise<void> =>
    new Promise((resolve) => {
      ends.set(task, resolve);
      const { op, dtype, inputs, outs } = task;
      assert.equal(
        addon.statuses[addon.submit(task, undefined, op, dtype, ...inputs, ...outs)],
        'ok',
      );
    });
  const expected = tasks(addon);
  runIn(defaultMode, addon, expected);
  const problems: Problems = [];
  for (const mode of modes) {
    const actual = tasks(addon);
    for (const task of actual) {
      addon.setHelperFpMode(mode.bits);
      await submit(task);
      problems.push(...restored(addon.helperFpMode(), mode, 'the thread'));
    }
    problems.push(...compare(actual, expected, mode));
  }
  return [...new Set(problems)];
}

const task = workerData as { readonly levelOfFpModes?: string } | null;
if (task?.levelOfFpModes) {
  parentPort!.postMessage(problemsHere(loadSeams(), task.levelOfFpModes));
}
