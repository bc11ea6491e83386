// node-mish apply on files larger than what it may hold: memory does not grow with the file.
import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mish } from 'node-mish';
import { noFake } from '../../support/addon/fake-cuda.ts';
import { describeOnEachDevice } from '../../support/calls/calls.ts';
import { cli } from '../../support/cli/command-line.ts';
import { gigabyte, headerBytes, sparseNpy } from '../../support/cli/sparse-npy.ts';
import { scratchDirectory } from '../../support/repository.ts';

function valueAt(path: string, position: number): number {
  const value = new Float32Array(1);
  const file = openSync(path, 'r');
  readSync(file, new Uint8Array(value.buffer), 0, 4, headerBytes + position);
  closeSync(file);
  return value[0]!;
}

// On Linux from the kernel: there maxRSS begins with what the process that started this one had.
const printPeak = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    const kilobytes = process.platform === 'linux'
      ? /VmHWM:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]
      : process.resourceUsage().maxRSS;
    process.stderr.write(String(kilobytes));
  });
`)}`;

/** Past 2^31 bytes where that takes 7 s; js and the fake driver, which get the same pieces, take 28 for it. */
const gigabytesFor = { cpu: 3, js: 0.5, 'cuda:0': noFake ? 3 : 0.5 };

describeOnEachDevice('a file', (device) => {
  const scratch = scratchDirectory();
  const gigabytes = gigabytesFor[device];
  const { bavail, bsize } = statfsSync(scratch);
  const room = bavail * bsize > 5 * gigabyte ? '' : ' (less than 5 GB free)';

  it(`of ${gigabytes} GB takes less than 200 MB of memory${room}`, function () {
    if (room) this.skip();
    this.timeout(180_000);
    const [x, y] = [join(scratch, 'x.npy'), join(scratch, 'y.npy')];
    const bytes = gigabytes * gigabyte;
    const edges = [2 ** 20, 2 ** 31].flatMap((edge) => [edge - 4, edge, edge + 4]);
    const places = [0, 4, ...edges.filter((place) => place < bytes), bytes - 4];
    sparseNpy(x, bytes, new Map(places.map((place, i) => [place, i - 3.5])));
    const run = cli(['apply', '--device', device, x, '-o', y], { node: ['--import', printPeak] });
    assert.equal(run.exit, 0, run.stderr);
    const peakMegabytes = Number(run.stderr) / 1000;
    assert.ok(peakMegabytes > 20 && peakMegabytes < 200, `${peakMegabytes} MB`);
    assert.equal(statSync(y).size, headerBytes + bytes);
    for (const [i, place] of places.entries()) {
      assert.equal(valueAt(y, place), mish(Float32Array.of(i - 3.5))[0], `byte ${place}`);
    }
    assert.equal(valueAt(y, gigabyte / 4), 0);
  });
});
