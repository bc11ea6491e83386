// The cost of a call whatever its work: small arrays, a number, a tensor.
import { mish, mishBackward } from '../../api/mish.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Spread } from './statistics.ts';
import { type Call, type Effort, timeByTurns } from './timing.ts';

export interface CallRow {
  readonly call: string;
  readonly elements: number;
  /** Nanoseconds of one call. */
  readonly ns: Spread;
}

const sizes = [1, 16, 64, 256];

function callsOf(elements: number): [string, Call][] {
  const [x, dy, out] = [1, 2, 3].map((value) => new Float32Array(elements).fill(value));
  const options = { out: out! };
  return [
    ['mish(x, { out })', () => mish(x!, options)],
    ['mishBackward(x, dy, { out })', () => mishBackward(x!, dy!, options)],
  ];
}

export function timeCalls(effort: Effort): CallRow[] {
  const options = { out: Tensor.empty([1]) };
  const tensor = Tensor.zeros([1]);
  const rows: [string, number, Call][] = [
    ...sizes.flatMap((n) => callsOf(n).map(([name, call]) => [name, n, call] as const)),
    ['mish(1)', 1, () => mish(1)],
    ['mish(tensor, { out })', 1, () => mish(tensor, options)],
    ['Tensor.empty([1]).dispose()', 1, () => Tensor.empty([1]).dispose()],
  ].map((row) => [...row] as [string, number, Call]);
  const { calls } = timeByTurns(
    rows.map(([, , call]) => call),
    effort,
  );
  for (const each of [tensor, options.out]) each.dispose();
  return rows.map(([call, elements], i) => ({ call, elements, ns: calls[i]! }));
}
