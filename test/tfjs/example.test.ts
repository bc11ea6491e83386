// examples/train-tfjs.mjs: trains to the end, and to the same losses, but for rounding, when it was interrupted and resumed; what it
// keeps is loaded by TensorFlow.js without us.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runToEnd, scratchDirectory, userEnvironment } from '../support/repository.ts';
import { tf } from '../support/tfjs.ts';

const example = `${root}examples/train-tfjs.mjs`;
const runs = ['plain-own', 'plain-node-mish', 'penalty-own', 'penalty-node-mish'];

interface Saved {
  readonly modelTopology: object;
  readonly weightsManifest: readonly [
    { readonly paths: readonly [string]; readonly weights: tf.io.WeightsManifestEntry[] },
  ];
  readonly userDefinedMetadata: { readonly progress: { readonly losses: readonly number[] } };
}

describe('the example that trains in TensorFlow.js', () => {
  const scratch = scratchDirectory();
  const folder = (name: string) => join(scratch, name);
  const args = (out: string, epochs: number) => [
    example,
    '--out',
    folder(out),
    '--epochs',
    `${epochs}`,
  ];
  const saved = (out: string, run: string): Saved =>
    JSON.parse(readFileSync(join(folder(out), run, 'model.json'), 'utf8'));
  const losses = (out: string) =>
    runs.map((run) => saved(out, run).userDefinedMetadata.progress.losses);

  before(() => tf.setBackend('cpu'));

  it('prints and draws the curves of both tasks', () => {
    const { exit, stdout, stderr } = runToEnd(process.execPath, args('whole', 20));
    assert.deepEqual([exit, stderr], [0, '']);
    for (const title of ['two spirals', 'two spirals, gradient penalty']) {
      assert.ok(stdout.includes(`\n${title}\n`), title);
    }
    assert.equal(stdout.match(/^ {2}(tf's own|node-mish) +[▁-█]{20} {2}\d\.\d+$/gm)?.length, 4);
    const [own, ours] = [...stdout.matchAll(/penalty ([\d.]+) % off/g)].map(([, off]) =>
      Number(off),
    );
    assert.ok(own! > 10 && ours! < 0.5, `${own}, ${ours}`);
    const svg = readFileSync(join(folder('whole'), 'curves.svg'), 'utf8');
    assert.equal(svg.match(/<polyline /g)?.length, 4);
    const [plainOwn, plainOurs, penaltyOwn, penaltyOurs] = losses('whole');
    for (const [i, loss] of plainOwn!.entries())
      assert.ok(Math.abs(plainOurs![i]! / loss - 1) < 1e-6);
    assert.ok(Math.abs(penaltyOurs!.at(-1)! / penaltyOwn!.at(-1)! - 1) > 1e-5);
  });

  it('is interrupted and resumed to the same losses', async () => {
    const child = spawn(process.execPath, args('parts', 20), { env: userEnvironment() });
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
      // The first task has been shown: the second is being trained.
      if (printed.includes('node-mish:') && !child.killed) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 130);
    assert.match(
      printed,
      /Interrupted: epoch \d+ is saved in .*penalty-own\. Go on with --resume\./,
    );
    const { exit } = runToEnd(process.execPath, [...args('parts', 20), '--resume']);
    assert.equal(exit, 0);
    // Not to the last bit: tf's Adam computes the powers of its betas anew when it gets its state.
    for (const [run, expected] of losses('whole').entries()) {
      const found = losses('parts')[run]!;
      assert.equal(found.length, 20);
      for (const [i, loss] of found.entries()) assert.ok(Math.abs(loss / expected[i]! - 1) < 1e-5);
    }
  });

  it('keeps checkpoints that TensorFlow.js loads by itself, each put in place as a whole', async () => {
    const { modelTopology, weightsManifest } = saved('whole', 'penalty-node-mish');
    const [{ paths, weights: weightSpecs }] = weightsManifest;
    const bytes = readFileSync(join(folder('whole'), 'penalty-node-mish', paths[0]));
    const weightData = new Uint8Array(bytes).buffer;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs, weightData }),
    );
    assert.equal(model.countParams(), 2 * 32 + 32 + 32 * 32 + 32 + 32 + 1);
    assert.match(JSON.stringify(model.toJSON()), /mish/);
    model.dispose();
  });

  it('says what is wrong with its arguments', () => {
    const run = (...given: readonly string[]) => {
      const { exit, stderr } = runToEnd(process.execPath, [example, ...given]);
      return [exit, stderr.trim()];
    };
    assert.deepEqual(run('--epochs', 'many'), [
      ...[2, "--epochs: expected a positive integer; got 'many'."],
    ]);
    assert.match(String(run('--nonsense')), /^2,Unknown option '--nonsense'/);
    const fewer = run('--out', folder('whole'), '--epochs', '5', '--resume');
    assert.match(String(fewer), /^2,--epochs: .*plain-own has 20 already; got 5\. Ask for as many/);
  });
});
