// Memory that is never to be written: immutable ArrayBuffers, which Node 26 has behind a flag, are read and never
// written to.
import assert from 'node:assert/strict';
import { runToEnd, userEnvironment } from '../support/repository.ts';

const flag = '--js-immutable-arraybuffer';
const { stdout: v8Options } = runToEnd(process.execPath, ['--v8-options']);
const missing = v8Options.includes(flag) ? '' : ' (this Node has none)';

const program = `
  import { Tensor, mish, mishAsync, mishBackward, mishDoubleBackward } from 'node-mish';
  const frozen = (length = 4) => new Float32Array(new Float32Array(length).fill(1).buffer.transferToImmutable());
  const [x, y] = [new Float32Array(4).fill(1), frozen()];
  const told = [];
  const refused = async (call) => told.push(await Promise.resolve().then(call).then(() => 'written', (error) => error.code));
  for (const device of ['cpu', 'js']) {
    try { mish(x, { device }); } catch { continue; } // no addon
    for (const length of [1, 4, 100_000]) {
      const [a, b] = [new Float32Array(length).fill(1), frozen(length)];
      await refused(() => mish(a, { device, out: b }));
      await refused(() => mish(b, { device, out: b }));
      await refused(() => mishBackward(a, a, { device, out: b, accumulate: true }));
      await refused(() => mishDoubleBackward(a, a, a, { device, out: { dy: b } }));
      await refused(() => mish(new Uint8Array(a.buffer), { device, dtype: 'float32', out: b.buffer }));
      mish(new DataView(b.buffer, 2, 4 * length - 4), { device, dtype: 'float32' }); // not aligned
      if (b.some((value) => value !== 1)) told.push('changed');
    }
    await refused(() => mishAsync(frozen(), { device, transfer: true }));
    if (mish(y, { device })[0] !== mish(x, { device })[0]) told.push('wrong');
    if ((await mishAsync(y, { device }))[0] !== mish(x, { device })[0]) told.push('wrong');
  }
  await refused(() => Tensor.wrap(frozen()));
  if (Tensor.from(y).item !== undefined && Tensor.from(y).readSync()[0] !== 1) told.push('wrong');
  console.log(JSON.stringify([...new Set(told)]));
`;

describe(`an immutable ArrayBuffer${missing}`, () => {
  it('is read, and refused wherever it would be written', function () {
    if (missing) this.skip();
    const args = [flag, '--input-type=module', '--eval', program];
    const { exit, stdout, stderr } = runToEnd(process.execPath, args, { env: userEnvironment() });
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' });
    assert.deepEqual(JSON.parse(stdout), ['ERR_MISH_ARGUMENT']);
  });
});
