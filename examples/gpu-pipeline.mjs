// Tensors that live on a device: three Mish forward and backward, step after step, enqueued without waiting for any of
// it, and one copy to the host at the end. Without a GPU it runs on the host, with the same bits.
//
//   node examples/gpu-pipeline.mjs [--device auto|cpu|js|cuda:0] [--size 1000000] [--steps 20]
import { parseArgs } from 'node:util';
import {
  device,
  devices,
  isMishError,
  memory,
  mish,
  mishBackward,
  probeDevices,
  scope,
  Tensor,
  withDevice,
} from 'node-mish';

function fail(message, exitCode = 2) {
  console.error(message);
  process.exit(exitCode);
}

function readFlags() {
  const options = {
    device: { type: 'string', default: 'auto' },
    size: { type: 'string', default: '1000000' },
    steps: { type: 'string', default: '20' },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}
const flags = readFlags();

function countFlag(name) {
  if (/^[1-9]\d{0,8}$/.test(flags[name])) return Number(flags[name]);
  return fail(`--${name}: expected an integer from 1 to 999999999; got '${flags[name]}'.`);
}
const [size, steps] = [countFlag('size'), countFlag('steps')];

async function chooseDevice() {
  await probeDevices(); // asks the driver off the event loop; device() would wait for it
  try {
    return device(flags.device);
  } catch (error) {
    if (!isMishError(error)) throw error;
    return fail(error.message, error.code === 'ERR_MISH_ARGUMENT' ? 2 : 1);
  }
}
const where = await chooseDevice();
console.log(`device: ${where}`);
if (flags.device === 'auto' && where.kind !== 'cuda') {
  console.log(`no GPU: ${devices().find(({ kind }) => kind === 'cuda')?.reason}`);
}

/** Adds to `total` the gradient of |mish(mish(mish(x)))|^2 / 2; Tensors or arrays. */
function addGradient(x, total) {
  const a = mish(x); // of each Mish, backward needs the input only
  const b = mish(a);
  const dy = mish(b); // that of a sum of squares is the result itself
  const db = mishBackward(b, dy, { out: dy }); // in its memory
  const da = mishBackward(a, db, { out: db });
  mishBackward(x, da, { out: total, accumulate: true });
}

const values = Float32Array.from({ length: size }, (_, i) => 8 * Math.sin(i));
const held = ({ bytes, pooled }) => (bytes[where.id] ?? 0) + (pooled[where.id] ?? 0);

/** The sum of the gradients of all steps, on the host. */
async function run() {
  const x = Tensor.from(values, { device: where });
  const total = Tensor.zeros([size], { device: where });
  try {
    let peak = 0;
    const begin = performance.now();
    for (let step = 0; step < steps; step++) {
      scope(() => {
        addGradient(x, total);
        peak = Math.max(peak, held(memory()));
      }); // a, b and dy are disposed; the device has their memory until it is done with them
    }
    const enqueuedMs = performance.now() - begin;
    const result = await total.read(); // waits for all of it, and the event loop does not
    const ms = performance.now() - begin;
    const each = `${(ms / steps).toFixed(2)} ms each`;
    console.log(
      `${steps} steps: ${each}; ${enqueuedMs.toFixed(1)} of ${ms.toFixed(1)} ms in calls`,
    );
    console.log(`memory: at most ${(peak / 1e6).toFixed(1)} MB on ${where}`);
    return result;
  } finally {
    x.dispose();
    total.dispose();
  }
}

/** How many of some 1,000 elements have not the bits that the host computes. */
function differences(result) {
  const stride = Math.ceil(size / 1000);
  const sample = (array) => array.filter((_, i) => i % stride === 0);
  const expected = new Float32Array(sample(values).length);
  withDevice(where, () => {
    for (let step = 0; step < steps; step++) addGradient(sample(values), expected);
  });
  const [found, wanted] = [sample(result), expected].map(({ buffer }) => new Uint32Array(buffer));
  return { count: wanted.length, wrong: wanted.filter((bits, i) => bits !== found[i]).length };
}

const result = await run().catch((error) => fail(error.message, 1));
const { tensors, bytes, pooled } = memory();
console.log(`after: ${tensors} tensors, ${JSON.stringify({ bytes, pooled })}`);
const { count, wrong } = differences(result);
console.log(`checked: ${count - wrong} of ${count} elements have the bits that the host computes`);
process.exitCode = wrong === 0 ? 0 : 1;
