// Calls of every kind in turn, synchronous and asynchronous, for the memory that they leave behind: operations,
// dtypes, lengths and the kinds of memory that operands are in, the same for one seed.
import { scope, Tensor } from 'node-mish';
import { asyncCalls, shared } from '../support/calls/async-calls.ts';
import {
  type DeviceName,
  newElements,
  type OpCase,
  type Operand,
  opCases,
  optionsOf,
  sample,
  tensorOf,
} from '../support/calls/calls.ts';
import { type DTypeName, dtypeNames, type Elements } from '../support/values/vectors.ts';
import { integers } from './measure/statistics.ts';

const longest = 4096;
/** Elements that views begin at, so that no two calls have operands alike. */
const spare = 64;

/** Memory of one dtype that calls are on parts of. */
interface Source {
  readonly inputs: readonly Elements[];
  readonly outs: readonly Elements[];
  readonly sharedInputs: readonly Elements[];
  readonly sharedOuts: readonly Elements[];
}

function sourceOf(dtype: DTypeName): Source {
  const inputs = [1, 5, 7].map((seed) => sample(dtype, longest + spare, seed));
  const outs = [0, 1].map(() => newElements(dtype, longest + spare));
  return { inputs, outs, sharedInputs: inputs.map(shared), sharedOuts: outs.map(shared) };
}

const sources = new Map(dtypeNames.map((dtype) => [dtype, sourceOf(dtype)]));

/** What one call is on. */
interface Choice {
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly source: Source;
  /** The same part of each, as many as the operation takes. */
  parts(of: readonly Elements[], how: 'inputs' | 'outputs'): readonly Elements[];
}

/** Chooses what a call is on. */
function chooser(random: (end: number) => number): () => Choice {
  return () => {
    const op = opCases[random(opCases.length)]!;
    const dtype = dtypeNames[random(dtypeNames.length)]!;
    const begin = random(spare);
    const length = Math.floor(longest ** (random(1000) / 999)); // as often 1 to 8 as 512 to 4096
    const parts: Choice['parts'] = (of, how) =>
      of.slice(0, op[how]).map((elements) => elements.subarray(begin, begin + length));
    return { op, dtype, source: sources.get(dtype)!, parts };
  };
}

const tensorsOf = ({ dtype, source, parts }: Choice, device: DeviceName): Tensor[] =>
  parts(source.inputs, 'inputs').map((elements) => tensorOf(dtype, device, elements));

const dispose = (operands: readonly Operand[]): void => {
  for (const each of operands) if (each instanceof Tensor) each.dispose();
};

// ---------------------------------------------------------------- synchronous

/** Makes one call at a time. Tensors cannot add: they have no out. */
export function syncCaller(device: DeviceName, seed: number): () => void {
  const random = integers(seed);
  const choose = chooser(random);
  return () => {
    const choice = choose();
    const { op, dtype, source, parts } = choice;
    const form = op.accumulates ? 1 : random(5);
    if (form >= 2) return callOnTensors(choice, device, form);
    const outs = form === 1 ? parts(source.outs, 'outputs') : undefined;
    op.call(parts(source.inputs, 'inputs'), optionsOf(dtype, device), outs);
  };
}

/** Form 2: disposed one by one; 3: disposed by a scope; 4: dropped. */
function callOnTensors(choice: Choice, device: DeviceName, form: number): void {
  const call = (): readonly Operand[] => {
    const inputs = tensorsOf(choice, device);
    const outputs = choice.op.call(inputs, {});
    if (form === 2) dispose([...inputs, ...outputs]);
    return outputs;
  };
  if (form === 3) scope(() => void call());
  else call();
}

// ---------------------------------------------------------------- asynchronous

/** Begins one call at a time; what is returned settles, whether the call was aborted or not. */
export function asyncCaller(device: DeviceName, seed: number): () => Promise<void> {
  const random = integers(seed);
  const choose = chooser(random);
  return () => {
    const choice = choose();
    const form = choice.op.accumulates ? 2 : random(5);
    const controller = random(8) === 0 ? new AbortController() : undefined;
    const call = beginCall(choice, device, form, controller ? { signal: controller.signal } : {});
    const settled = call.catch((error: unknown) => {
      if (!controller) throw error;
    });
    if (controller && random(2) === 0) controller.abort();
    else if (controller) setImmediate(() => controller.abort());
    return settled;
  };
}

/** Form 0: copied; 1: transferred; 2: shared, with out; 3: Tensors, disposed; 4: Tensors, dropped. */
async function beginCall(choice: Choice, device: DeviceName, form: number, abortable: object) {
  const { op, dtype, source, parts } = choice;
  const call = asyncCalls[op.name];
  if (form >= 3) {
    const inputs = tensorsOf(choice, device);
    const outputs = await call(inputs, { ...abortable }).finally(
      () => form === 3 && dispose(inputs),
    );
    if (form === 3) dispose(outputs);
    return;
  }
  const options = { ...optionsOf(dtype, device), ...abortable };
  if (form === 2) {
    const outs = parts(source.sharedOuts, 'outputs');
    await call(parts(source.sharedInputs, 'inputs'), options, outs);
  } else {
    const inputs = parts(source.inputs, 'inputs');
    const given = form === 1 ? inputs.map((elements) => elements.slice()) : inputs;
    await call(given, { ...options, transfer: form === 1 });
  }
}
