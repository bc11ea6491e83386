// The ONNX operator test of Mish, recreated from its published definition: float32 linspace(-10, 10,
// 10000), expected values x tanh(log1p(e^x)) in double, within rtol 1e-3 and atol 1e-7.
import { forwardExact, roundToFloat32, ulpErrorFloat32 } from '../reference.ts';

const count = 10_000;
const [relativeTolerance, absoluteTolerance] = [1e-3, 1e-7];

/** numpy.linspace(-10, 10, 10000) as float32. */
export const onnxInput: Float32Array = Float32Array.from(
  { length: count },
  (_, i) => i * (20 / (count - 1)) - 10,
);

const expected = Float64Array.from(onnxInput, (x) => x * Math.tanh(Math.log1p(Math.exp(x))));
const exact = Array.from(onnxInput, forwardExact);

/** The usual formula with every step in float32, as frameworks compose it. */
export function composedMish(x: number): number {
  const { fround } = Math;
  return fround(x * fround(Math.tanh(fround(Math.log1p(fround(Math.exp(x)))))));
}

export interface OnnxResult {
  /** Results outside the test's tolerance. */
  readonly failed: number;
  readonly maxUlp: number;
  /** Results that are not the nearest float32. */
  readonly misrounded: number;
}

/** How results for {@link onnxInput} do in the test, and beside the exact values. */
export function judgeOnnx(results: Float32Array): OnnxResult {
  let [failed, maxUlp, misrounded] = [0, 0, 0];
  for (const [i, y] of results.entries()) {
    const tolerance = absoluteTolerance + relativeTolerance * Math.abs(expected[i]!);
    if (!(Math.abs(y - expected[i]!) <= tolerance)) failed++;
    maxUlp = Math.max(maxUlp, ulpErrorFloat32(y, exact[i]!));
    if (y !== roundToFloat32(exact[i]!)) misrounded++;
  }
  return { failed, maxUlp, misrounded };
}
