// node-mish inspect, and apply on the files that it lists: checkpoints with tensors that Mish has not, shards, several
// arrays in one .npy file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNpy, loadSafetensors, mish, readSafetensorsHeader, saveNpy, Tensor } from 'node-mish';
import { checkpointFile, checkpointNames } from '../support/checkpoint.ts';
import { cli, failure } from '../support/cli/command-line.ts';
import { fixture } from '../support/file-fixtures.ts';
import { scratchDirectory } from '../support/repository.ts';

const inspect = (path: string) => {
  const { exit, stdout, stderr } = cli(['inspect', '--json', path]);
  return { exit, stderr, ...(JSON.parse(stdout) as Found) };
};
interface Found {
  readonly format: string;
  readonly tensors: readonly { readonly name: string; readonly dtype: string; shard?: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly problems?: readonly string[];
}

describe('node-mish inspect', () => {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory, name);
  before(() => writeFileSync(at('model.safetensors'), checkpointFile()));

  it('lists every tensor of a checkpoint, and its metadata', () => {
    const { exit, format, tensors, metadata } = inspect(at('model.safetensors'));
    assert.deepEqual([exit, format], [0, 'safetensors']);
    assert.deepEqual(
      tensors.map(({ name }) => name),
      checkpointNames,
    );
    assert.deepEqual(tensors[0], {
      ...{ name: checkpointNames[0], dtype: 'I64' },
      shape: [],
      bytes: 8,
    });
    assert.deepEqual(metadata, { format: 'pt' });
    const { stdout } = cli(['inspect', at('model.safetensors')]);
    assert.match(stdout, /bn1\.num_batches_tracked +I64 +8 +\[\]/);
    assert.match(stdout, /metadata\n {2}format: pt/);
  });

  it('lists the arrays of an .npy file', async () => {
    const { format, tensors } = inspect(fixture('float64-big-4x6.npy'));
    assert.equal(format, 'npy');
    assert.deepEqual(tensors, [
      { name: '0', dtype: 'float64', shape: [4, 6], bytes: 192 } as never,
    ]);
  });

  it('lists arrays of any dtype in an .npy file', () => {
    const array = (descr: string, data: Uint8Array) => {
      const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }\n`;
      const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
      return Buffer.concat([start, Buffer.from(header), data]);
    };
    const path = at('features-and-labels.npy');
    const labels = array("'<i8'", new Uint8Array(16));
    const record = array("[('a', '<f4'), ('b', '<i8')]", new Uint8Array(24));
    writeFileSync(path, Buffer.concat([array("'<f4'", new Uint8Array(8)), labels, record]));
    const { exit, tensors } = inspect(path);
    assert.equal(exit, 0);
    assert.deepEqual(tensors, [
      { name: '0', dtype: 'float32', shape: [2], bytes: 8 },
      { name: '1', dtype: '<i8', shape: [2], bytes: 16 },
      { name: '2', dtype: "[('a', '<f4'), ('b', '<i8')]", shape: [2], bytes: 24 },
    ]);

    const out = at('features-and-labels.out.npy');
    const alone = failure(cli(['apply', path, '-o', out]));
    assert.match(alone, /^1 ERR_MISH_UNSUPPORTED .*'<i8'.*--keep-others.*astype/);
    const { exit: applied, stdout } = cli(['apply', '--keep-others', path, '-o', out]);
    assert.equal(applied, 0);
    assert.match(stdout, /2 copied/);
    assert.deepEqual(inspect(out).tensors, tensors);
    assert.ok(readFileSync(out).includes(labels), 'the labels are there, with their header');
    const dy = ['apply', '--keep-others', '--op', 'backward', '--dy'];
    assert.equal(cli([...dy, path, path, '-o', out]).exit, 0);
    writeFileSync(at('one.npy'), array("'<f4'", new Uint8Array(8)));
    const apart = failure(cli([...dy, at('one.npy'), path, '-o', out]));
    assert.match(
      apart,
      /^1 ERR_MISH_ARGUMENT --dy: expected its arrays in the places of those of x/,
    );
  });

  it('lists all shards of an index, and names those that are missing or lack a tensor', () => {
    const [first, second] = [checkpointNames.slice(0, 2), checkpointNames.slice(2)];
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const map = (names: readonly string[], shard: string) => names.map((name) => [name, shard]);
    const weightMap = [...map(first, shards[0]!), ...map(second, shards[1]!)];
    const index = at('model.safetensors.index.json');
    const text = { metadata: { total_size: 64 }, weight_map: Object.fromEntries(weightMap) };
    writeFileSync(index, JSON.stringify(text));
    writeFileSync(at(shards[0]!), checkpointFile(first));

    writeFileSync(at('one.safetensors'), checkpointFile(first.slice(0, 1)));
    assert.match(cli(['inspect', at('one.safetensors')]).stdout, /: safetensors, 1 tensor, /);
    assert.match(cli(['inspect', at(shards[0]!)]).stdout, /: safetensors, 2 tensors, /);
    const missing = inspect(index);
    assert.equal(missing.exit, 1);
    assert.match(missing.problems!.join(), /model-00002-of-00002\.safetensors is missing, with 3/);

    writeFileSync(at(shards[1]!), checkpointFile(second.slice(1)));
    assert.match(inspect(index).problems!.join(), /model-00002.* lacks conv1\.weight/);

    // As a download that was broken off leaves it: the first shard is listed all the same.
    writeFileSync(at(shards[1]!), checkpointFile(second).subarray(0, -1));
    const damaged = inspect(index);
    assert.equal(damaged.exit, 1);
    assert.match(damaged.problems!.join(), /model-00002.*truncated/);
    assert.equal(damaged.tensors.length, first.length);

    writeFileSync(at(shards[1]!), checkpointFile(second));
    const whole = inspect(index);
    assert.deepEqual([whole.exit, whole.problems, whole.metadata], [0, [], { total_size: '64' }]);
    assert.deepEqual(
      whole.tensors.map(({ name, shard }) => [name, shard]),
      weightMap,
    );
  });

  it('shortens long metadata, and nothing in a file steers the terminal', () => {
    const path = at('texts.safetensors');
    const texts = { log: 'x'.repeat(5000), '\x1b[2J': 'a\x07\nPROBLEM: forged' };
    const info = { dtype: 'I8', shape: [0], data_offsets: [0, 0] };
    const header = Buffer.from(JSON.stringify({ __metadata__: texts, '\x1b[31mred': info }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, header]));
    const { exit, stdout } = cli(['inspect', path]);
    assert.equal(exit, 0);
    assert.match(stdout, /log: x{200}\.\.\. \(5,?000 characters; --json has all\)/);
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u);
    assert.doesNotMatch(stdout, /^PROBLEM/m);
    assert.equal(inspect(path).metadata['log'], texts.log);
  });

  it('refuses an index that names files elsewhere, and what is no index', () => {
    for (const text of [
      '{"weight_map": {"a": "../other.safetensors"}}',
      '{"weight_map": {"a": "/etc/passwd"}}',
      '{"weight_map": {"a": 1}}',
      '{"weight_map": {"a": ["x.safetensors"]}}',
      '{"weight_map": {"a": "x.safetensors", "a": "x.safetensors"}}',
      '{"weight_map": {"a": "..\\\\x.safetensors"}}',
      '{"weight_map": {"a": "x.json"}}',
      '{"weight_map": []}',
      '{"metadata": {}}',
      'no JSON',
    ]) {
      writeFileSync(at('wrong.index.json'), text);
      assert.match(failure(cli(['inspect', at('wrong.index.json')])), /^1 ERR_MISH_FORMAT .*index/);
    }
    assert.match(failure(cli(['inspect'])), /^2 ERR_MISH_ARGUMENT/);
    assert.match(failure(cli(['inspect', 'a', 'b'])), /^2 ERR_MISH_ARGUMENT/);
  });
});

describe('node-mish apply on files that people have', () => {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory, name);
  const model = at('model.safetensors');
  before(() => writeFileSync(model, checkpointFile()));
  const done = (...args: readonly string[]) => {
    const { exit, stderr } = cli(['apply', ...args]);
    assert.deepEqual([exit, stderr], [0, '']);
  };

  it('copies what it does not compute with --keep-others, bit for bit, with the metadata', async () => {
    const out = at('activated.safetensors');
    assert.match(failure(cli(['apply', model, '-o', out])), /ERR_MISH_UNSUPPORTED.*--keep-others/);
    done('--keep-others', model, '-o', out);
    const { tensors, metadata } = await readSafetensorsHeader(out);
    assert.deepEqual([...tensors.keys()].sort(), [...checkpointNames].sort());
    assert.deepEqual([...metadata], [['format', 'pt']]);
    const [before, after] = [
      await loadSafetensors(model, { unsupported: 'skip' }),
      await loadSafetensors(out, { unsupported: 'skip' }),
    ];
    for (const [name, x] of before) assert.deepEqual(after.get(name), mish(x), name);
    const counter = readFileSync(out).indexOf(Buffer.from(BigInt64Array.of(7n).buffer));
    assert.ok(counter > 0, 'the I64 counter is there');
  });

  it('computes the named ones, and copies the rest with --keep-others', async () => {
    const out = at('some.safetensors');
    done('--keep-others', '--name', 'conv1.weight', model, '-o', out);
    const [before, after] = [
      await loadSafetensors(model, { unsupported: 'skip' }),
      await loadSafetensors(out, { unsupported: 'skip' }),
    ];
    assert.deepEqual(after.get('conv1.weight'), mish(before.get('conv1.weight')!));
    assert.deepEqual(after.get('head.weight'), before.get('head.weight'));
  });

  it('takes names by pattern', async () => {
    const out = at('pattern.safetensors');
    done('--name', '*.weight', '--name', 'bn1.running_????', model, '-o', out);
    const names = [...(await readSafetensorsHeader(out)).tensors.keys()].sort();
    assert.deepEqual(names, ['bn1.running_mean', 'conv1.weight', 'head.weight']);
    const none = failure(cli(['apply', '--name', 'x*', model, '-o', out]));
    assert.match(none, /no tensor of .* has a name like "x\*"/);
    assert.match(
      failure(cli(['apply', '--name', 'conv1_weight', model, '-o', out])),
      /conv1_weight/,
    );
  });

  it('computes what a pattern matches with --keep-others, and copies a counter that it matches too', async () => {
    const out = at('batch-norm.safetensors');
    done('--keep-others', '--name', 'bn1.*', model, '-o', out);
    const [before, after] = [
      await loadSafetensors(model, { unsupported: 'skip' }),
      await loadSafetensors(out, { unsupported: 'skip' }),
    ];
    assert.deepEqual(after.get('bn1.running_mean'), mish(before.get('bn1.running_mean')!));
    assert.deepEqual(after.get('conv1.weight'), before.get('conv1.weight'));
    assert.equal((await readSafetensorsHeader(out)).tensors.size, checkpointNames.length);
    const alone = failure(cli(['apply', '--name', 'bn1.*', model, '-o', out]));
    assert.match(alone, /ERR_MISH_UNSUPPORTED.*"bn1\.num_batches_tracked".*Keep them/);
    for (const name of ['mask', 'bn1.num*']) {
      const line = ['apply', '--keep-others', '--name', name, model, '-o', out];
      assert.match(failure(cli(line)), /ERR_MISH_UNSUPPORTED.*copies it when --name leaves it out/);
    }
  });

  it('compares a pattern with a name of 200 kB within seconds', () => {
    const path = at('long-name.safetensors');
    const name = `layer.${'.mlp.'.repeat(40_000)}`;
    const info = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const header = Buffer.from(JSON.stringify({ [name]: info }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(4)]));
    const begin = performance.now();
    const pattern = 'layer.*.mlp.*.mlp.*.weight';
    const none = failure(cli(['apply', '--name', pattern, path, '-o', at('y.safetensors')]));
    assert.match(none, /has a name like/);
    assert.ok(performance.now() - begin < 10_000, `${performance.now() - begin} ms`);
  });

  it('writes one tensor as .npy with --to npy, and refuses several', async () => {
    const out = at('weight.npy');
    done('--to', 'npy', '--name', 'conv1.weight', model, '-o', out);
    const x = (await loadSafetensors(model, { names: ['conv1.weight'] })).get('conv1.weight')!;
    assert.deepEqual(await loadNpy(out), mish(x));
    const several = failure(cli(['apply', '--to', 'npy', '--name', '*.weight', model, '-o', out]));
    assert.match(several, /^2 ERR_MISH_ARGUMENT --to npy: expected one tensor/);
    const mixed = failure(cli(['apply', '--to', 'npy', model, '-o', out]));
    assert.match(mixed, /Name the one to write with --name/);
    assert.doesNotMatch(mixed, /keep-others/, 'which --to npy refuses');
    const both = failure(cli(['apply', '--to', 'npy', '--keep-others', model, '-o', out]));
    assert.match(both, /one tensor only, so no --keep-others/);
    const other = failure(cli(['apply', '--to', 'npz', model, '-o', out]));
    assert.match(other, /--to: expected npy/);
  });

  it('computes every array of an .npy file with several', async () => {
    const arrays = [Tensor.from([1, 2]), Tensor.from([[3]], { dtype: 'float64' })];
    const parts: Buffer[] = [];
    for (const [i, array] of arrays.entries()) {
      await saveNpy(at(`${i}.npy`), array);
      parts.push(readFileSync(at(`${i}.npy`)));
    }
    writeFileSync(at('both.npy'), Buffer.concat(parts));
    done(at('both.npy'), '-o', at('results.npy'));
    for (const [index, array] of arrays.entries()) {
      assert.deepEqual(await loadNpy(at('results.npy'), { index }), mish(array as Tensor));
    }
    const one = [
      'apply',
      '--op',
      'backward',
      '--dy',
      at('0.npy'),
      at('both.npy'),
      '-o',
      at('dx.npy'),
    ];
    assert.match(failure(cli(one)), /as many arrays as x has, 2; got 1/);
  });

  it('refuses an .npz as output and as input, with what to do', () => {
    const out = failure(cli(['apply', at('0.npy'), '-o', at('y.npz')]));
    assert.match(out, /^2 ERR_MISH_ARGUMENT -o: expected \.npy or \.safetensors.*numpy\.savez/);
    writeFileSync(at('x.npz'), Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(50)]));
    const input = failure(cli(['apply', at('x.npz'), '-o', at('y.npy')]));
    assert.match(input, /zip archive.*unzip/);
  });
});
