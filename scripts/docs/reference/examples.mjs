// An example for every function of the reference, which npm test runs as it runs the code of the guides.

const x = 'const x = Float32Array.of(-1, 0, 1);';
const dy = 'const dy = Float32Array.of(1, 1, 1);';

/** By entry point and function: code, in which \`// =>\` says what an expression is. */
export const examples = {
  'node-mish': {
    mish: `import { mish, Tensor } from 'node-mish';

console.log(mish(1)); // => 0.8650983882673103
console.log(mish(Float32Array.of(-1, 0, 1))); // => Float32Array(3) [ -0.3034…, 0, 0.8650… ]
const bytes = Buffer.from('0000803f', 'hex'); // float32 1, as a request brings it
console.log(mish(bytes, { dtype: 'float32' }).readFloatLE().toFixed(6)); // => 0.865098
console.log(String(mish(Tensor.from([[1]])))); // => Tensor(float32 [1, 1] …) [0.8650984]`,
    mishDerivative: `import { mishDerivative } from 'node-mish';

${x}
console.log(mishDerivative(x)); // => Float32Array(3) [ 0.0592…, 0.6000…, 1.0490… ]
console.log(mishDerivative(0, { order: 2 })); // => 0.64`,
    mishBackward: `import { mishBackward } from 'node-mish';

${x}
${dy}
const dx = mishBackward(x, dy);
console.log(dx[1].toFixed(1)); // => 0.6
mishBackward(x, dy, { out: dx, accumulate: true }); // adds to dx
console.log(dx[1].toFixed(1)); // => 1.2`,
    mishDoubleBackward: `import { mishDoubleBackward } from 'node-mish';

${x}
${dy}
const ddx = Float32Array.of(1, 1, 1); // the gradient of dx
const grads = mishDoubleBackward(x, dy, ddx);
console.log(grads.x[1].toFixed(2), grads.dy[1].toFixed(1)); // => 0.64 0.6`,
    mishAsync: `import { mishAsync } from 'node-mish';

const x = new Float32Array(1e6).fill(1);
const y = await mishAsync(x, { signal: AbortSignal.timeout(10_000) }); // x is copied
const z = await mishAsync(x, { transfer: true }); // x is given away
console.log(y[0] === z[0], x.length); // => true 0`,
    mishDerivativeAsync: `import { mishDerivativeAsync } from 'node-mish';

const slope = await mishDerivativeAsync(new Float32Array(1e6), { order: 1 });
console.log(slope[0].toFixed(1)); // => 0.6`,
    mishBackwardAsync: `import { mishBackwardAsync } from 'node-mish';

const [x, dy] = [new Float32Array(1e6), new Float32Array(1e6).fill(2)];
const dx = await mishBackwardAsync(x, dy, { transfer: true });
console.log(dx[0].toFixed(1)); // => 1.2`,
    mishDoubleBackwardAsync: `import { mishDoubleBackwardAsync } from 'node-mish';

const ones = () => new Float32Array(1e6).fill(1);
const grads = await mishDoubleBackwardAsync(new Float32Array(1e6), ones(), ones());
console.log(grads.x[0].toFixed(2), grads.dy[0].toFixed(1)); // => 0.64 0.6`,
    Tensor: `import { mish, Tensor } from 'node-mish';

const x = Tensor.from([[-1, 0, 1]], { dtype: 'float16' });
const y = mish(x);
console.log(y.shape, y.toArray()); // => [ 1, 3 ] [ [ -0.303466796875, 0, 0.865234375 ] ]
y.dispose(); // or let the garbage collector do it`,
    device: `import { device, mish } from 'node-mish';

const js = device('js'); // throws where a device cannot be used
console.log(js.id, mish(Float32Array.of(0), { device: js })[0]); // => js 0`,
    devices: `import { devices } from 'node-mish';

console.log(devices()[0].id, devices()[0].available); // => js true`,
    probeDevices: `import { probeDevices } from 'node-mish';

for (const { id, available, reason } of await probeDevices()) {
  if (!available) console.error(\`\${id}: \${reason}\`);
}`,
    getDefaultDevice: `import { getDefaultDevice } from 'node-mish';

console.log(getDefaultDevice().id); // => cpu`,
    setDefaultDevice: `import { setDefaultDevice, Tensor } from 'node-mish';

setDefaultDevice('js');
console.log(Tensor.zeros([2]).device.id); // => js`,
    withDevice: `import { Tensor, withDevice } from 'node-mish';

console.log(withDevice('js', () => Tensor.zeros([2]).device.id)); // => js`,
    setThreads: `import { setThreads } from 'node-mish';

setThreads(2); // for the whole process; 'auto' is as many as it may use
setThreads('auto');`,
    scope: `import { mish, scope, Tensor } from 'node-mish';

const x = Tensor.zeros([100]);
const y = scope(() => mish(mish(x))); // the inner result is disposed
console.log(y.disposed, y.size); // => false 100`,
    memory: `import { memory, Tensor } from 'node-mish';

const x = Tensor.zeros([1000]);
console.log(memory().bytes[x.device.id] >= 4000, memory().inFlight); // => true 0
x.dispose();`,
    loadNpy: `import { loadNpy, saveNpy, Tensor } from 'node-mish';

await saveNpy('x.npy', Tensor.from([1, 2]));
console.log((await loadNpy('x.npy')).toArray()); // => [ 1, 2 ]`,
    saveNpy: `import { saveNpy, Tensor } from 'node-mish';

await saveNpy('y.npy', Tensor.from([[1, 2]], { dtype: 'float64' })); // whole, or not at all`,
    loadSafetensors: `import { loadSafetensors, saveSafetensors, Tensor } from 'node-mish';

await saveSafetensors('model.safetensors', new Map([['w', Tensor.from([1, 2])]]));
const tensors = await loadSafetensors('model.safetensors', { unsupported: 'skip' });
console.log(tensors.get('w')?.toArray()); // => [ 1, 2 ]`,
    saveSafetensors: `import { saveSafetensors, Tensor } from 'node-mish';

const tensors = new Map([['w', Tensor.from([1, 2])]]);
await saveSafetensors('model.safetensors', tensors, { format: 'pt' });`,
    readSafetensorsHeader: `import { readSafetensorsHeader, saveSafetensors, Tensor } from 'node-mish';

await saveSafetensors('one.safetensors', new Map([['w', Tensor.zeros([2, 3])]]), { format: 'pt' });
const { tensors, metadata } = await readSafetensorsHeader('one.safetensors');
console.log(tensors.get('w')); // => { dtype: 'F32', shape: [ 2, 3 ], byteLength: 24 }
console.log(metadata.get('format')); // => pt`,
    mishTransform: `import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { mishTransform } from 'node-mish';

const bytes = Readable.from([Buffer.from('0000803f', 'hex')]); // float32 1
const results = await buffer(bytes.pipe(mishTransform({ dtype: 'float32' })));
console.log(results.readFloatLE().toFixed(6)); // => 0.865098`,
    isMishError: `import { isMishError, Tensor } from 'node-mish';

try {
  Tensor.zeros([-1]);
} catch (error) {
  const code = isMishError(error) ? error.code : undefined;
  console.log(code); // => ERR_MISH_LENGTH
}`,
  },
  'node-mish/operators': {
    getOperator: `import { Tensor } from 'node-mish';
import { getOperator } from 'node-mish/operators';

const [y] = getOperator('Mish').run({ inputs: [Tensor.from([0, 0])] });
console.log(y?.toArray()); // => [ 0, 0 ]`,
    validateDef: `import { validateDef } from 'node-mish/operators';

const def = validateDef({ type: 'Mish', inputs: ['X'], outputs: ['Y'] });
console.log(Object.isFrozen(def)); // => true`,
    getMishGradient: `import { getMishGradient } from 'node-mish/operators';

const gradient = getMishGradient({ type: 'Mish', inputs: ['X'], outputs: ['Y'] });
console.log(gradient.type, gradient.outputs); // => MishGradient [ 'X_grad' ]`,
  },
  'node-mish/tfjs': {
    install: `import * as tf from '@tensorflow/tfjs';
import { install } from 'node-mish/tfjs';

const { mish } = install(tf);
console.log(mish(tf.scalar(1)).dataSync()[0]?.toFixed(6)); // => 0.865098`,
    uninstall: `import * as tf from '@tensorflow/tfjs';
import { install, uninstall } from 'node-mish/tfjs';

const installation = install(tf);
uninstall(tf);
console.log(installation.installed); // => false`,
  },
};
