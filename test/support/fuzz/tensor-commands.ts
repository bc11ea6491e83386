// What can be done to Tensors, each as a command with three numbers that say which and how. It acts on the
// tensors and their model alike.
import assert from 'node:assert/strict';
import {
  isMishError,
  type MishErrorCode,
  mish,
  mishAsync,
  mishBackward,
  mishBackwardAsync,
  scope,
  Tensor,
} from 'node-mish';
import { optionsOf, tensorOf } from '../calls/calls.ts';
import { elementsOf } from '../calls/properties.ts';
import { dtypeNames, type Elements, sameBits } from '../values/vectors.ts';
import { codeOf, elementsIn, type Handle, type Job, type Model, product } from './tensor-model.ts';

type Command = (model: Model, a: number, b: number, n: number) => void | Promise<void>;

function pick(model: Model, index: number): Handle {
  if (model.handles.length === 0) make(model, 0, 0, index);
  return model.handles[index % model.handles.length]!;
}

// ---------------------------------------------------------------- new tensors
const make: Command = (model, _a, _b, n) => {
  const dtype = dtypeNames[n % 4]!;
  const elements = elementsOf(dtype, Math.floor(n / 4) % 9, { head: [], seed: n });
  if (n % 3 > 0 || model.isOnCuda) {
    const tensor = tensorOf(dtype, model.device, elements);
    model.addNew(tensor, dtype, [elements.length], elements);
    return;
  }
  const half = dtype === 'float16' || dtype === 'bfloat16';
  const tensor = Tensor.wrap(elements as Uint16Array, (half ? { dtype } : {}) as never);
  const state = { isOwned: false, isExposed: true, views: 0, lent: 0 };
  const memory = { dtype, elements: elements.slice(), ...state };
  model.add(tensor as Tensor, memory, [elements.length]);
};

const reshape: Command = (model, a, _b, n) => {
  const handle = pick(model, a);
  const { tensor, memory, begin, size } = handle;
  const shapes = [[size], [1, size], [size, 1], [-1], [1, -1], [size + 1], [2, -1]];
  const shape = shapes[n % shapes.length]!;
  const known = product(shape.filter((extent) => extent >= 0));
  const full = shape.map((extent) => (extent < 0 ? size / known : extent));
  const fits = full.every(Number.isInteger) && product(full) === size;
  const code = codeOf(handle) ?? (fits ? undefined : 'ERR_MISH_SHAPE');
  model.attempt(code, () => model.add(tensor.reshape(shape), memory, full, begin));
};

const subarray: Command = (model, a, b, n) => {
  const handle = pick(model, a);
  const { tensor, memory, begin, size } = handle;
  const [from, to] = [(n % (2 * size + 1)) - size, (b % (2 * size + 2)) - size];
  const [first, last] = [from, to].map((at) => (at < 0 ? at + size : at)) as [number, number];
  const code = codeOf(handle) ?? (to > size ? 'ERR_MISH_LENGTH' : undefined);
  const shape = [Math.max(0, last - first)];
  model.attempt(code, () => model.add(tensor.subarray(from, to), memory, shape, begin + first));
};

const copy: Command = (model, a, _b, n) => {
  const handle = pick(model, a);
  const { tensor, memory, shape } = handle;
  const ways = [
    () => tensor.clone(),
    () => Tensor.fromJSON(tensor.toJSON()),
    () => tensor.to(model.device, { copy: true }),
    () => tensor.cast(memory.dtype),
    () =>
      scope(() => {
        tensor.mish();
        return tensor
          .reshape([-1])
          .clone()
          .reshape(shape as number[]);
      }),
  ];
  const way = ways[n % ways.length]!;
  const add = () => model.addNew(way(), memory.dtype, shape, elementsIn(handle));
  model.attempt(codeOf(handle), add);
};

// ---------------------------------------------------------------- synchronous
/** In place of results that there are not to be. */
const nothing = new Float32Array();

const forward = (model: Model, x: Handle): Elements =>
  mish(elementsIn(x) as Uint16Array, optionsOf(x.memory.dtype, model.device) as never);

const backward = (model: Model, x: Handle, dy: Handle): Elements =>
  mishBackward(
    elementsIn(x) as Uint16Array,
    elementsIn(dy) as Uint16Array,
    optionsOf(x.memory.dtype, model.device) as never,
  );

const apply: Command = (model, a, _b, n) => {
  const x = pick(model, a);
  const { tensor, memory, shape } = x;
  const code = codeOf(x);
  const expected = code ? nothing : forward(model, x);
  model.attempt(code, () => {
    if (n % 3 === 0) {
      assert.equal(tensor.mish_(), tensor);
      elementsIn(x).set(expected);
    } else if (n % 3 === 1) model.addNew(tensor.mish(), memory.dtype, shape, expected);
    else model.addNew(mish(tensor), memory.dtype, shape, expected);
  });
};

/** Why these two cannot be operands of one call; each is there. */
function mismatch(x: Handle, dy: Handle): MishErrorCode | undefined {
  if (x.memory.dtype !== dy.memory.dtype) return 'ERR_MISH_DTYPE';
  const isAlike = x.shape.length === dy.shape.length && `${x.shape}` === `${dy.shape}`;
  return isAlike ? undefined : 'ERR_MISH_SHAPE';
}

const meet = (a: Handle, b: Handle) =>
  a.memory === b.memory && a.begin < b.begin + b.size && b.begin < a.begin + a.size;

/** Into a new tensor, or in place of x. */
const applyTwo: Command = (model, a, b, n) => {
  const [x, dy] = [pick(model, a), pick(model, b)];
  const { tensor, memory, shape } = x;
  const inPlace = n % 2 === 1;
  const overlaps = inPlace && meet(x, dy) && x.begin !== dy.begin;
  const code =
    codeOf(x) ?? codeOf(dy) ?? mismatch(x, dy) ?? (overlaps ? 'ERR_MISH_OVERLAP' : undefined);
  const run = () =>
    mishBackward(tensor, dy.tensor as typeof tensor, inPlace ? { out: tensor } : {});
  const expected = code ? nothing : backward(model, x, dy);
  model.attempt(code, () => {
    const result = run();
    if (!inPlace) model.addNew(result, memory.dtype, shape, expected);
    else elementsIn(x).set(expected);
  });
};

const write: Command = (model, a, _b, n) => {
  const handle = pick(model, a);
  const elements = elementsOf(handle.memory.dtype, handle.size, { head: [], seed: n });
  model.attempt(codeOf(handle), () => {
    handle.tensor.write(elements as Uint16Array);
    elementsIn(handle).set(elements);
  });
};

/** The memory itself: what is written to it, tensors have. */
const expose: Command = (model, a, _b, n) => {
  const handle = pick(model, a);
  const code = codeOf(handle) ?? (model.isOnCuda ? 'ERR_MISH_NOT_ON_HOST' : undefined);
  model.attempt(code, () => {
    const { data } = handle.tensor;
    handle.memory.isExposed = true;
    assert.ok(sameBits(data, elementsIn(handle)));
    for (const elements of [data, elementsIn(handle)]) elements.fill(n % 1000);
  });
};

const dispose: Command = (model, a) => {
  const handle = pick(model, a);
  handle.tensor.dispose();
  model.end(handle);
};

// ---------------------------------------------------------------- asynchronous

/** Begins the call, or expects that it is refused. */
async function begin(
  model: Model,
  operands: readonly Handle[],
  run: (options: object) => Promise<Tensor>,
  expected: () => Elements,
  n: number,
): Promise<void> {
  const signals = [undefined, new AbortController(), undefined, AbortSignal.abort(n)];
  const chosen = signals[n % signals.length];
  const signal = chosen instanceof AbortController ? chosen.signal : chosen;
  const [x, dy] = operands as [Handle, Handle?];
  const isGone = operands.some(({ isDisposed }) => isDisposed);
  const code = isGone ? 'ERR_MISH_DISPOSED' : dy && mismatch(x, dy);
  const promise = run(signal ? { signal } : {});
  if (code || signal?.aborted) {
    const error = await promise.then(
      () => assert.fail('no rejection'),
      (reason: unknown) => reason,
    );
    if (signal?.aborted) assert.equal(error, n);
    else assert.ok(isMishError(error) && error.code === code, String(error));
    return;
  }
  // On CUDA the call is enqueued at once, and its result is there for what comes later in the queue. Natively there is
  // nothing to do for no elements.
  if (model.isOnCuda || (x.size === 0 && model.device === 'cpu')) {
    model.addNew(await promise, x.memory.dtype, x.shape, expected());
    return;
  }
  promise.catch(() => {}); // it is looked at later
  if (chosen instanceof AbortController) model.controllers.push(chosen);
  const { dtype } = x.memory;
  const lent = operands.flatMap((operand) => model.lend(operand));
  const job: Job = { promise, lent, dtype, shape: x.shape, expected: expected(), signal };
  model.jobs.push(job);
}

const applyLater: Command = (model, a, _b, n) => {
  const x = pick(model, a);
  const run = (options: object) => mishAsync(x.tensor, options);
  return begin(model, [x], run, () => forward(model, x), n);
};

const applyTwoLater: Command = (model, a, b, n) => {
  const [x, dy] = [pick(model, a), pick(model, b)];
  const run = (options: object) =>
    mishBackwardAsync(x.tensor, dy.tensor as typeof x.tensor, options);
  return begin(model, [x, dy], run, () => backward(model, x, dy), n);
};

const abort: Command = (model, a) => {
  model.controllers[a % model.controllers.length]?.abort(a);
};

const settle: Command = (model) => model.settle();

// ---------------------------------------------------------------- tokens
function whyNotReleased(handle: Handle): MishErrorCode | undefined {
  const { memory, begin, size } = handle;
  const code = codeOf(handle);
  if (code) return code;
  if (memory.views > 1) return 'ERR_MISH_IN_USE';
  const isWhole = begin === 0 && size === memory.elements.length;
  return memory.isOwned || isWhole || size === 0 ? undefined : 'ERR_MISH_UNSUPPORTED';
}

const release: Command = (model, a) => {
  const handle = pick(model, a);
  const { tensor, memory, shape } = handle;
  const code = codeOf(handle) ?? (model.isOnCuda ? 'ERR_MISH_NOT_ON_HOST' : whyNotReleased(handle));
  model.attempt(code, () => {
    const elements = elementsIn(handle).slice();
    const token = tensor.release();
    model.end(handle);
    model.tokens.push({ token, dtype: memory.dtype, shape, elements, isUsed: false });
  });
};

/** In this thread, as it would be in another. */
const adopt: Command = (model, a) => {
  const token = model.tokens[a % model.tokens.length];
  if (!token) return;
  model.attempt(token.isUsed ? 'ERR_MISH_DETACHED' : undefined, () => {
    const tensor = Tensor.adopt(token.token);
    token.isUsed = true;
    model.addNew(tensor, token.dtype, token.shape, token.elements);
  });
};

/** By name, so that a sequence says what it is. */
export const commands: Readonly<Record<string, Command>> = {
  ...{ make, reshape, subarray, copy, apply, applyTwo, write, expose, dispose },
  ...{ applyLater, applyTwoLater, abort, settle, release, adopt },
};
