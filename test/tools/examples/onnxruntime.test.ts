// Tensors to and from the real onnxruntime-node without a copy, in the two lines that the docs have for it; and our
// f beside its Mish. It is in a package of its own, since its install script downloads: npm run bench:onnx gets it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type DType, mish, type StorageOf, Tensor } from 'node-mish';
import { root } from '../../support/repository.ts';
import { assertSameBits } from '../../support/values/vectors.ts';

const peers = `${root}bench/peers/`;
const missing = existsSync(`${peers}node_modules/onnxruntime-node`)
  ? ''
  : ' (not installed: npm ci --ignore-scripts in bench/peers)';

interface OrtTensor {
  readonly type: string;
  readonly data: Float32Array | Float64Array | Uint16Array;
  readonly dims: readonly number[];
}
type Feeds = Readonly<Record<string, OrtTensor>>;
interface Ort {
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<{
      run(feeds: Feeds, fetches?: Feeds): Promise<Feeds>;
      release(): Promise<void>;
    }>;
  };
}

interface Judged {
  readonly maxUlp: number;
  readonly misrounded: number;
}
interface Row {
  readonly dtype: DType;
  readonly x: string;
  readonly ours: Judged;
  readonly theirs: Judged;
}

const load = (file: string) => import(pathToFileURL(`${peers}${file}`).href);

describe(`onnxruntime-node${missing}`, () => {
  let ort: Ort;
  let modelOf: (dtype: string) => Uint8Array;
  before(async function () {
    if (missing) this.skip();
    ort = createRequire(`${peers}package.json`)('onnxruntime-node');
    modelOf = (await load('onnx-model.mjs')).forwardModelOf;
  });

  const hasFloat16Array = 'Float16Array' in globalThis;
  const toOrt = (t: Tensor) => new ort.Tensor(t.dtype, t.data, t.shape);
  const fromOrt = ({ type, data, dims }: OrtTensor): Tensor =>
    type === 'float16'
      ? Tensor.wrap(data as Uint16Array, { dtype: type, shape: dims })
      : Tensor.wrap(data as Float32Array, { shape: dims });

  /** Its Mish of the Tensor: what it returns, and what it wrote to memory of ours. */
  async function run(x: Tensor): Promise<{ returned: OrtTensor; written: Tensor }> {
    const session = await ort.InferenceSession.create(modelOf(x.dtype));
    const written = Tensor.empty(x.shape, { dtype: x.dtype });
    const returned = (await session.run({ x: toOrt(x) }))['out']!;
    await session.run({ x: toOrt(x) }, { out: toOrt(written) });
    await session.release();
    return { returned, written };
  }

  for (const dtype of ['float32', 'float64', 'float16'] as const) {
    const refused = dtype === 'float16' && hasFloat16Array ? ' (of a Float16Array, refused)' : '';
    it(`shares memory with Tensors both ways: ${dtype}${refused}`, async () => {
      const x = Tensor.from([-2, -0.5, 0, 1, 3], { dtype });
      const given = toOrt(x);
      assert.equal(given.data.buffer, x.data.buffer);
      assert.deepEqual(given.dims, [5]);
      // 1.30 takes a Float16Array's bytes for none. When that is mended, the docs are to say so.
      if (refused) return assert.rejects(run(x), /not enough space/);
      const { returned, written } = await run(x);
      const y = fromOrt(returned);
      assert.equal(y.data.buffer, returned.data.buffer);
      assert.equal(y.data.byteOffset, returned.data.byteOffset);
      assert.deepEqual([y.dtype, y.shape], [dtype, [5]]);
      assertSameBits(y.data, written.data, 'what it returns and what it writes to our memory');
      const [ours, theirs] = [mish(x), y].map((tensor) => tensor.cast('float64').data);
      for (const [i, value] of ours!.entries()) assert.ok(Math.abs(value - theirs![i]!) < 1e-3);
      // In place, on its memory.
      const [before, expected] = [y.clone(), mish(y)];
      y.mish_();
      assertSameBits(
        returned.data as StorageOf<DType>,
        expected.data,
        'its tensor, computed by us',
      );
      assert.notDeepEqual(returned.data, before.data);
    });
  }

  it('has a Mish within the tolerance of the ONNX test of ours, which is as promised', async () => {
    const rows: readonly Row[] = await (await load('onnx-conformance.mjs')).conformance(ort);
    const dtypes = ['float32', 'float64', ...(hasFloat16Array ? [] : ['float16'])];
    assert.deepEqual([...new Set(rows.map(({ dtype }) => dtype))], dtypes);
    for (const { dtype, x, ours, theirs } of rows) {
      const name = `${dtype}, ${x}`;
      if (dtype !== 'float64') assert.equal(ours.misrounded, 0, name);
      assert.ok(ours.maxUlp <= (dtype === 'float64' ? 1.25 : 0.5), name);
      assert.ok(theirs.maxUlp >= ours.maxUlp, name);
      // rtol 1e-3 of the ONNX operator test, which takes [-10, 10].
      const place = dtype === 'float64' ? 2 ** -53 : 2 ** -24;
      if (x.startsWith('the ONNX test')) assert.ok(theirs.maxUlp * place < 1e-3, name);
    }
  });
});
