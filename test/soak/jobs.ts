// Asynchronous jobs, eight of which take some 100 ms, in every kind of memory: what is in flight where a process
// or a worker ends.
import { mishAsync, mishBackwardAsync, mishDoubleBackwardAsync, Tensor } from 'node-mish';
import type { DeviceName } from '../support/calls/calls.ts';

/** float64: some 10 ms of a CPU for one job; in JavaScript, which takes 20 times as long, too. */
const lengthOn = (device: DeviceName) => (device === 'js' ? 2 ** 16 : 2 ** 21);

type Begin = (device: DeviceName, length: number) => Promise<unknown>;

const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));

/** Kept, so that calls that follow find it in use. */
const tensors = new Map<string, Tensor<'float64'>>();

function tensorOn(device: DeviceName, length: number): Tensor<'float64'> {
  const tensor = tensors.get(device) ?? Tensor.zeros([length], { dtype: 'float64', device });
  tensors.set(device, tensor);
  return tensor;
}

const kinds: readonly Begin[] = [
  (device, length) => mishAsync(new Float64Array(length), { device, transfer: true }),
  (device, length) => mishAsync(new Float64Array(length), { device }),
  (device, length) => mishAsync(shared(length), { device, out: shared(length) }),
  (device, length) => mishAsync(tensorOn(device, length)),
  (device, length) => {
    const [x, dy] = [shared(length), new Float64Array(length)];
    return mishBackwardAsync(x, dy, { device, signal: new AbortController().signal });
  },
  (device, length) => {
    const t = tensorOn(device, length);
    return mishDoubleBackwardAsync(t, t, t);
  },
  (device) => mishAsync(new Float32Array(16), { device }),
];

/** Begins so many jobs, of each kind in turn. */
export function beginJobs(device: DeviceName, jobs: number): Promise<unknown>[] {
  const length = lengthOn(device);
  return Array.from({ length: jobs }, (_, i) => kinds[i % kinds.length]!(device, length));
}
