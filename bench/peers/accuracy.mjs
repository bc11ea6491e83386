// How far a peer's float32 results are from the double-double reference: the largest error in ulp by region, how
// many are not the nearest value, and f and f' at -inf.
import {
  derivativeExact,
  forwardExact,
  roots,
  roundToFloat32,
  ulpErrorFloat32,
} from '../../build/bench/reference.js';

const count = 20_000;
const between = (from, to) =>
  Float32Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 0.5)) / count);
const byPowers = (from, to) =>
  Float32Array.from({ length: count }, (_, i) => from * (to / from) ** ((i + 0.5) / count));

/** The float32 values nearest to x, on both sides. */
function beside(x) {
  const bits = new Int32Array(Float32Array.of(x).buffer)[0];
  return new Float32Array(
    Int32Array.from({ length: count }, (_, i) => bits + i - count / 2).buffer,
  );
}

/** By the names that tables show. */
export const regions = {
  'f, [-8, -1.25)': { op: 'forward', x: between(-8, -1.25) },
  'f, [.01, 20)': { op: 'forward', x: byPowers(0.01, 20) },
  'f, [-104, -87.3)': { op: 'forward', x: between(-104, -87.3) },
  "f' beside its root": { op: 'backward', x: beside(roots.f1[0]) },
  "f', [.01, 20)": { op: 'backward', x: byPowers(0.01, 20) },
};

const exactOf = { forward: forwardExact, backward: derivativeExact };

/** NaN and infinities where a number is right are told by their names. */
function judge({ op, x }, results) {
  let [maxUlp, misrounded] = [0, 0];
  for (const [i, result] of results.entries()) {
    const exact = exactOf[op](x[i]);
    if (!Number.isFinite(result)) return { maxUlp: String(result), misrounded: x.length };
    maxUlp = Math.max(maxUlp, ulpErrorFloat32(result, exact));
    if (!Object.is(result, roundToFloat32(exact))) misrounded++;
  }
  return { maxUlp, misrounded };
}

export async function accuracyOf(peer) {
  const maxUlp = {};
  const total = { checked: 0, misrounded: 0 };
  for (const [name, region] of Object.entries(regions)) {
    const judged = judge(region, await peer.values(region.op, region.x));
    maxUlp[name] = judged.maxUlp;
    if (region.op !== 'forward') continue;
    total.checked += region.x.length;
    total.misrounded += judged.misrounded;
  }
  const end = async (op) => (await peer.values(op, Float32Array.of(Number.NEGATIVE_INFINITY)))[0];
  const atMinusInfinity = { f: text(await end('forward')), "f'": text(await end('backward')) };
  return { maxUlp, misroundedForward: total.misrounded / total.checked, atMinusInfinity };
}

/** Also of -0, which JSON has not. */
const text = (value) => (Object.is(value, -0) ? '-0' : String(value));
