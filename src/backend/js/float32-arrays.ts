// The operations on float32 arrays themselves: elements need no conversion, so each is read, computed and
// written in one pass. Blocks would cost 2 ns an element more, and 100 ns a call.
import { derivativeAt, forwardAt, secondDerivativeAt } from './float32.ts';
import { blockLength, type Kernels } from './kernels.ts';

/** NaN of any sign and payload becomes the quiet NaN that all devices store. */
function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}

// Outputs may be inputs: all operands of an element are read before any result of it is written.
export const float32Arrays: Kernels<Float32Array> = {
  forward(inputs, outputs, count) {
    const [x, out] = [inputs[0]!, outputs[0]!];
    for (let i = 0; i < count; i++) out[i] = canonical(forwardAt(x[i]!));
  },
  derivative(inputs, outputs, count) {
    const [x, out] = [inputs[0]!, outputs[0]!];
    for (let i = 0; i < count; i++) out[i] = canonical(derivativeAt(x[i]!));
  },
  secondDerivative(inputs, outputs, count) {
    const [x, out] = [inputs[0]!, outputs[0]!];
    for (let i = 0; i < count; i++) out[i] = canonical(secondDerivativeAt(x[i]!));
  },
  backward(inputs, outputs, count) {
    const [x, dy, dx] = [inputs[0]!, inputs[1]!, outputs[0]!];
    for (let i = 0; i < count; i++) dx[i] = canonical(derivativeAt(x[i]!) * dy[i]!);
  },
  backwardAccumulate(inputs, outputs, count) {
    const [x, dy, dx] = [inputs[0]!, inputs[1]!, outputs[0]!];
    for (let i = 0; i < count; i++) dx[i] = canonical(dx[i]! + derivativeAt(x[i]!) * dy[i]!);
  },
  doubleBackward(inputs, outputs, count) {
    for (let begin = 0; begin < count; begin += blockLength) {
      const end = Math.min(begin + blockLength, count);
      secondPass(inputs[0]!, inputs[1]!, inputs[2]!, begin, end);
      firstPass(outputs[0]!, outputs[1]!, begin, end);
    }
  },
};

// Double backward in two loops: engines do not inline both derivatives into one (38 ns, not 31).
const points = new Float64Array(blockLength);
const factors = new Float64Array(blockLength);
const gradients = new Float64Array(blockLength);

function secondPass(
  x: Float32Array,
  dy: Float32Array,
  ddx: Float32Array,
  begin: number,
  end: number,
): void {
  for (let i = begin; i < end; i++) {
    const [point, factor] = [x[i]!, ddx[i]!];
    points[i - begin] = point;
    factors[i - begin] = factor;
    gradients[i - begin] = factor * dy[i]! * secondDerivativeAt(point);
  }
}

function firstPass(gradX: Float32Array, gradDy: Float32Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) {
    const gradient = derivativeAt(points[i - begin]!) * factors[i - begin]!;
    gradX[i] = canonical(gradients[i - begin]!);
    gradDy[i] = canonical(gradient);
  }
}
