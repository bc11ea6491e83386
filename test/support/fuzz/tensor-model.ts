// What a number of Tensors must be: which share memory, what is in it, which asynchronous calls have it, and
// what memory() says. tensor-commands.ts acts on both.
import assert from 'node:assert/strict';
import { type MishErrorCode, memory, type Tensor, type TensorToken } from 'node-mish';
import type { DeviceName } from '../calls/calls.ts';
import { assertCode } from '../errors.ts';
import { assertSameBits, type DTypeName, type Elements } from '../values/vectors.ts';

/** Memory that one or more tensors are views of. */
export interface Memory {
  readonly dtype: DTypeName;
  readonly elements: Elements;
  /** Counted by memory(): not the caller's. */
  readonly isOwned: boolean;
  /** The caller has seen it, so that calls get copies. */
  isExposed: boolean;
  /** Tensors that are not disposed. */
  views: number;
  /** Calls that have it. */
  lent: number;
}

/** A tensor, and what it must be. */
export interface Handle {
  readonly tensor: Tensor;
  readonly memory: Memory;
  readonly begin: number;
  readonly shape: readonly number[];
  readonly size: number;
  isDisposed: boolean;
}

/** An asynchronous call that was not awaited. */
export interface Job {
  readonly promise: Promise<Tensor>;
  readonly lent: readonly Memory[];
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly expected: Elements;
  readonly signal: AbortSignal | undefined;
}

/** A tensor that was released. */
export interface Token {
  readonly token: TensorToken;
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly elements: Elements;
  isUsed: boolean;
}

export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What it holds. */
export const elementsIn = ({ memory, begin, size }: Handle): Elements =>
  memory.elements.subarray(begin, begin + size);

/** What using it throws. */
export function codeOf({ isDisposed, memory }: Handle): MishErrorCode | undefined {
  if (isDisposed) return 'ERR_MISH_DISPOSED';
  return memory.lent > 0 ? 'ERR_MISH_IN_USE' : undefined;
}

export class Model {
  readonly device: DeviceName;
  readonly handles: Handle[] = [];
  readonly tokens: Token[] = [];
  readonly controllers: AbortController[] = [];
  jobs: Job[] = [];

  /** Not nothing where a sequence failed before this one. */
  readonly #before = memory();

  constructor(device: DeviceName) {
    this.device = device;
  }

  /** Where no array of this process is the memory, and calls are done in their order. */
  get isOnCuda(): boolean {
    return this.device.startsWith('cuda');
  }

  /** Does it, or expects that it is refused. */
  attempt(code: MishErrorCode | undefined, act: () => void): void {
    if (code) assertCode(code, act);
    else act();
  }

  /** A new view of that memory. */
  add(tensor: Tensor, memory: Memory, shape: readonly number[], begin = 0): void {
    memory.views++;
    this.handles.push({ tensor, memory, begin, shape, size: product(shape), isDisposed: false });
    this.compare(this.handles.at(-1)!);
  }

  /** A new tensor with memory of its own. */
  addNew(tensor: Tensor, dtype: DTypeName, shape: readonly number[], elements: Elements): void {
    const state = { isOwned: true, isExposed: false, views: 0, lent: 0 };
    this.add(tensor, { dtype, elements: elements.slice(), ...state }, shape);
  }

  /** It has been disposed. */
  end(handle: Handle): void {
    if (!handle.isDisposed) handle.memory.views--;
    handle.isDisposed = true;
  }

  /** What an asynchronous call gets of it: the memory, which is lent then, or a copy. */
  lend({ memory }: Handle): Memory[] {
    if (this.device === 'js' || memory.isExposed) return [];
    memory.lent++;
    return [memory];
  }

  /** Holds a tensor to what it must be. */
  compare(handle: Handle): void {
    const { tensor, memory, shape } = handle;
    const { dtype, shape: actual, disposed } = tensor;
    const expected = { dtype: memory.dtype, shape, disposed: handle.isDisposed };
    assert.deepEqual({ dtype, shape: actual, disposed }, expected);
    const words = { ERR_MISH_DISPOSED: '<disposed>', ERR_MISH_IN_USE: '<in use>' } as const;
    const code = codeOf(handle);
    assert.ok(String(tensor).endsWith(code ? words[code as keyof typeof words] : ']'));
    this.attempt(code, () => assertSameBits(tensor.readSync(), elementsIn(handle), 'elements'));
  }

  /** Holds the figures of memory() to the model's: nothing else in this process has tensors. */
  checkFigures(): void {
    const live = this.handles.filter((handle) => !handle.isDisposed);
    const all = [...live.map((handle) => handle.memory), ...this.jobs.flatMap(({ lent }) => lent)];
    const owned = [...new Set(all)].filter(({ isOwned }) => isOwned);
    const bytes = owned.reduce((sum, { elements }) => sum + elements.byteLength, 0);
    const [now, before] = [memory(), this.#before];
    const figures = {
      tensors: now.tensors - before.tensors,
      bytes: (now.bytes[this.device] ?? 0) - (before.bytes[this.device] ?? 0),
      inFlight: now.inFlight,
    };
    assert.deepEqual(figures, { tensors: live.length, bytes, inFlight: this.jobs.length });
  }

  /** Awaits every call: all memory is free then, and there are the results of those that were not aborted. */
  async settle(): Promise<void> {
    const jobs = this.jobs;
    const outcomes = await Promise.allSettled(jobs.map(({ promise }) => promise));
    this.jobs = [];
    for (const { lent } of jobs) for (const each of lent) each.lent--;
    for (const [i, outcome] of outcomes.entries()) {
      const { dtype, shape, expected, signal } = jobs[i]!;
      if (outcome.status === 'fulfilled') this.addNew(outcome.value, dtype, shape, expected);
      else if (!signal?.aborted || outcome.reason !== signal.reason) throw outcome.reason;
    }
    this.checkFigures();
  }

  /** Leaves as little as can be to the next sequence, also where this one failed. */
  async clear(): Promise<void> {
    for (const { tensor } of this.handles) tensor.dispose();
    const outcomes = await Promise.allSettled(this.jobs.map(({ promise }) => promise));
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.dispose();
  }

  /** Disposes everything: memory() says that there is nothing. */
  async finish(): Promise<void> {
    await this.settle();
    for (const handle of this.handles) {
      this.compare(handle);
      handle.tensor.dispose();
      this.end(handle);
      this.compare(handle);
    }
    this.checkFigures();
  }
}
