// Run as a child process: every operation in every format, for 1 to 8 threads, small and large, at every
// phase of a cache line, in place and not, compared by bits with one result of one thread. Prints, as JSON,
// what differed, and hashes of those results, for other kernel levels to be compared with.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { backend, setThreads } from 'node-mish';
import { settledCount } from '../addon/pool-threads.ts';
import type { OpCase } from '../calls/calls.ts';
import { type Large, largeCalls, mostThreads } from '../calls/large.ts';
import { chunkBytes, pages } from '../calls/pages.ts';
import { bytesOf, type Elements } from '../values/vectors.ts';

export interface Product {
  readonly isa: string | undefined;
  readonly calls: number;
  /** The first of them, in words. */
  readonly wrong: readonly string[];
  /** By operation and format. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Calls whose outputs went past the caches, where the addon counts them. */
  readonly streamed: number | undefined;
  /** Threads of the pool in the end, where Linux lists them. */
  readonly helpers: number;
}

const mostWrong = 5;
const lineBytes = 64;
const pageBytes = 4096;
/** Of an operand: past what the fastest kernel needs for eight threads. */
const largestBytes = 4 * 2 ** 20;
const guard = Buffer.alloc(pageBytes, 0xa5);

// ---------------------------------------------------------------- memory

/** Which elements of the operands a call is on, and where they lie. */
interface Layout {
  readonly from: number;
  readonly length: number;
  /** Operand k begins turn * (2 k + 1) elements past a page: all apart, but together at turn 0. */
  readonly turn: number;
}

/** Memory for one operand, which is the guard everywhere else. */
class Slot {
  readonly #index: number;
  readonly #bytes: Buffer;
  #begin = 0;
  #end = 0;

  constructor(index: number) {
    this.#index = index;
    this.#bytes = Buffer.from(pages(largestBytes / chunkBytes + 1));
    this.reset();
  }

  reset(): void {
    this.#bytes.fill(guard);
  }

  /** A view at the place that the layout has for it: of these elements, or of the guard's bytes. */
  put(like: Elements, layout: Layout, filled: boolean): Elements {
    const { BYTES_PER_ELEMENT: size } = like;
    this.#bytes.fill(guard[0]!, this.#begin, this.#end);
    const step = layout.turn * (2 * this.#index + 1) * size;
    this.#begin = pageBytes + (((step % pageBytes) + pageBytes) % pageBytes);
    this.#end = this.#begin + layout.length * size;
    const View = like.constructor as new (b: ArrayBufferLike, o: number, n: number) => Elements;
    const view = new View(this.#bytes.buffer, this.#begin, layout.length);
    const elements = like.subarray(layout.from, layout.from + layout.length);
    if (filled) view.set(elements as Float32Array);
    return view;
  }

  /** What is wrong when it has to be these bytes, from there on, with the guard around. */
  problem(expected: Buffer, from: number): string | undefined {
    const [bytes, begin, end] = [this.#bytes, this.#begin, this.#end];
    const to = from + end - begin;
    if (expected.compare(bytes, begin, end, from, to) !== 0) {
      const at = expected.subarray(from, to).findIndex((byte, i) => byte !== bytes[begin + i]);
      return `wrong from byte ${at} of ${end - begin} on`;
    }
    if (guard.compare(bytes, begin - pageBytes, begin) !== 0) return 'written before its beginning';
    return guard.compare(bytes, end, end + pageBytes) !== 0 ? 'written past its end' : undefined;
  }
}

const inputSlots: readonly Slot[] = [0, 1, 2].map((index) => new Slot(index));
const outputSlots: readonly Slot[] = [3, 4].map((index) => new Slot(index));

// ---------------------------------------------------------------- what is gone through

/** For each output the input that it replaces, or none. */
type Form = readonly (number | undefined)[];

function formsOf({ inputs, outputs, accumulates }: OpCase): Form[] {
  if (accumulates) return [[undefined]];
  const choices = [undefined, ...Array.from({ length: inputs }, (_, i) => i)];
  if (outputs === 1) return choices.map((choice) => [choice]);
  const pairs = choices.flatMap((x) => choices.map((dy) => [x, dy]));
  return pairs.filter(([x, dy]) => x === undefined || x !== dy);
}

/** Lengths around the blocks of kernels at every phase of a line, and all elements at some. */
function layoutsOf({ start }: Large): Layout[] {
  const { length: all, BYTES_PER_ELEMENT: size } = start;
  const [short, long] = [64 / size, 256 / size];
  const around = [short, long, long + short].flatMap((n) => [n - 1, n, n + 1]);
  const lengths = [1, 3, ...around, 2 * long + short + 3];
  const turns = Array.from({ length: lineBytes / size + 1 }, (_, i) => i - 1);
  const small = turns.flatMap((turn, t) =>
    lengths.map((length, l) => ({ turn, length, from: ((t * 13 + l) * 997) % (all - length) })),
  );
  return [...small, ...[0, 1, -1].map((turn) => ({ turn, length: all, from: 0 }))];
}

// ---------------------------------------------------------------- calls

let calls = 0;
const wrong: string[] = [];

/** Calls, and compares all memory with what it has to be; what is wrong, in words. */
function tried(call: Large, layout: Layout, form: Form, expected: Expected): string | undefined {
  const { op, format, inputs, start } = call;
  const views = inputs.map((input, i) => inputSlots[i]!.put(input, layout, true));
  const outs = form.map((input, o) =>
    input === undefined
      ? outputSlots[o]!.put(start, layout, op.accumulates === true)
      : views[input]!,
  );
  op.call(views, format.options, outs);
  calls++;
  const from = layout.from * start.BYTES_PER_ELEMENT;
  for (let i = 0; i < op.inputs; i++) {
    if (form.includes(i)) continue;
    const problem = inputSlots[i]!.problem(expected.inputs[i]!, from);
    if (problem) return `input ${i} is ${problem}`;
  }
  for (const [o, input] of form.entries()) {
    const slot = input === undefined ? outputSlots[o]! : inputSlots[input]!;
    const problem = slot.problem(expected.outputs[o]!, from);
    if (problem) return `output ${o} is ${problem}`;
  }
  return undefined;
}

/** Bytes of all elements. */
interface Expected {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

/** Of one thread, operands apart and each at the beginning of a page. */
function expectedOf({ op, format, inputs, start }: Large): Expected {
  setThreads(1);
  const layout = { turn: 0, from: 0, length: start.length };
  const views = inputs.map((input, i) => inputSlots[i]!.put(input, layout, true));
  const outs = outputSlots.slice(0, op.outputs).map((slot) => slot.put(start, layout, true));
  op.call(views, format.options, outs);
  return { inputs: inputs.map(bytesOf), outputs: outs.map((out) => bytesOf(out.slice())) };
}

function note(call: Large, threads: number, layout: Layout, form: Form, problem: string): void {
  const over = form.map((input) => (input === undefined ? 'its own' : `input ${input}`)).join();
  const where = `${threads} threads, ${JSON.stringify(layout)}, outputs in ${over}`;
  wrong.push(`${call.op.name} ${call.format.name}, ${where}: ${problem}`);
  for (const slot of [...inputSlots, ...outputSlots]) slot.reset();
}

/** The hash of what is expected of that call, after all its ways. */
function hashOfAll(call: Large): string {
  const expected = expectedOf(call);
  const [layouts, forms] = [layoutsOf(call), formsOf(call.op)];
  for (let threads = 1; threads <= mostThreads; threads++) {
    setThreads(threads);
    for (const layout of layouts) {
      for (const form of forms) {
        if (wrong.length >= mostWrong) break;
        const problem = tried(call, layout, form, expected);
        if (problem) note(call, threads, layout, form, problem);
      }
    }
  }
  const sum = createHash('sha256');
  for (const bytes of expected.outputs) sum.update(bytes);
  return sum.digest('hex');
}

const hashes: Record<string, string> = {};
for (const call of largeCalls()) {
  const name = `${call.op.name} ${call.format.name}`;
  hashes[name] = hashOfAll(call);
}
const awaited = process.platform === 'linux' && wrong.length === 0;
const helpers = awaited ? await settledCount(mostThreads - 1) : 0;
const addon = createRequire(import.meta.url)(backend.file!) as { streamedJobs?: () => number };
const streamed = addon.streamedJobs?.();
const product: Product = { isa: backend.isa, calls, wrong, hashes, streamed, helpers };
process.stdout.write(JSON.stringify(product));
