// node-mish apply on files larger than what it may hold: memory that does not grow with the file, a bar on a
// terminal, and nothing left behind when it is interrupted.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { mish } from 'node-mish';
import { noFake } from '../../support/addon/fake-cuda.ts';
import { describeOnEachDevice } from '../../support/calls/calls.ts';
import { cli, cliFile } from '../../support/cli/command-line.ts';
import { fixture } from '../../support/file-fixtures.ts';
import { root, scratchDirectory, userEnvironment } from '../../support/repository.ts';

const headerBytes = 128;
const gigabyte = 2 ** 30;

/** A float32 file of that many bytes of zeros, which takes no room, with `values` at byte positions. */
function sparseNpy(path: string, dataBytes: number, values: ReadonlyMap<number, number>): void {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dataBytes / 4},), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${`${dict}`.padEnd(117)}\n`, 'latin1');
  assert.equal(header.length, headerBytes);
  const file = openSync(path, 'w');
  writeSync(file, header);
  for (const [position, value] of values) {
    writeSync(file, new Uint8Array(Float32Array.of(value).buffer), 0, 4, headerBytes + position);
  }
  ftruncateSync(file, headerBytes + dataBytes);
  closeSync(file);
}

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

describe('node-mish apply, interrupted', () => {
  const scratch = scratchDirectory();
  before(() => sparseNpy(join(scratch, 'x.npy'), gigabyte, new Map()));

  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`by ${signal}: exit code ${exit}, no file`, async () => {
      const args = [cliFile, 'apply', '--device', 'js', 'x.npy', '-o', 'y.npy'];
      const child = spawn(process.execPath, args, { cwd: scratch, env: userEnvironment() });
      let told = '';
      child.stderr.on('data', (chunk) => {
        told += chunk;
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      while (readdirSync(scratch).length < 2 && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const killed = performance.now();
      child.kill(signal);
      assert.equal(await ended, exit);
      const waited = performance.now() - killed;
      assert.ok(waited < 3000, `${waited} ms: the whole file takes twice as long`);
      assert.match(told, new RegExp(`^node-mish: ended by ${signal}; nothing was written`));
      assert.deepEqual(readdirSync(scratch), ['x.npy']);
    });
  }
});

const stubborn = `
import { interruptible } from '${root}dist/cli/interrupt.js';
import { writeWhole } from '${root}dist/files/output-file.js';
await interruptible(() => writeWhole('stubborn', async (write) => {
  await write(Buffer.from('half'));
  console.log('ready');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}));
`;

describe('work that does not stop when it is told to', () => {
  const scratch = scratchDirectory();

  it('is ended by the second signal, and leaves no file', async () => {
    const args = ['--input-type=module', '--eval', stubborn];
    const child = spawn(process.execPath, args, { cwd: scratch });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.equal(readdirSync(scratch).length, 1);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(child.exitCode, null);
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.deepEqual(readdirSync(scratch), []);
  });
});

interface ProgressModule {
  startProgress(
    whole: number,
    stream: { isTTY?: boolean; write: (text: string) => void },
  ): { update(done: number): void; end(): void };
  line(done: number, whole: number, elapsedSeconds: number): string;
}
const { startProgress, line } = (await import(`${root}dist/cli/progress.js`)) as ProgressModule;

interface Pieces {
  applyInPieces(
    work: { x: unknown; op: string },
    write: (bytes: Uint8Array) => Promise<void>,
    watch: { signal: AbortSignal; onBytes: (done: number) => void },
  ): Promise<void>;
  bytesToDo(work: { x: unknown; op: string }): number;
}
const { applyInPieces, bytesToDo } = (await import(`${root}dist/cli/apply-pieces.js`)) as Pieces;
const { openTensorFile } = await import(`${root}dist/cli/tensor-file.js`);

describe('the progress bar', () => {
  it('is told what is done of all tensors', async () => {
    const x = await openTensorFile(fixture('floats.safetensors'), 'in');
    const told: number[] = [];
    const watch = {
      signal: new AbortController().signal,
      onBytes: (done: number) => void told.push(done),
    };
    await applyInPieces({ x, op: 'forward' }, async () => {}, watch);
    await x.file.close();
    assert.deepEqual(told, [192, 196, 292, 340, 388]); // 24 float64, 1 and 24 float32, 48 halves
    assert.equal(bytesToDo({ x, op: 'forward' }), 388);
  });

  const record = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, stream: { isTTY, write: (text: string) => void written.push(text) } };
  };
  // A clock of its own: on a busy machine, a test may be made to wait between two calls.
  const { now } = performance;
  let clock = 0;
  beforeEach(() => {
    clock = 0;
    performance.now = () => clock;
  });
  afterEach(() => {
    performance.now = now;
  });

  it('is drawn on a terminal after a second, ten times a second, and taken away', () => {
    const { written, stream } = record(true);
    const progress = startProgress(100, stream);
    const drawnAfter = (ms: number, done: number) => {
      clock = ms;
      progress.update(done);
      return written.length;
    };
    assert.deepEqual([drawnAfter(0, 10), drawnAfter(999, 40)], [0, 0]);
    assert.deepEqual([drawnAfter(1000, 50), drawnAfter(1099, 51), drawnAfter(1100, 52)], [1, 1, 2]);
    assert.match(written[0]!, /^\r\[#{15}\.{15}\] {2}50 %/);
    progress.end();
    assert.equal(written[2], '\r\x1b[K');
  });

  it('is not drawn elsewhere, nor for work that is done at once', () => {
    const { written, stream } = record(false);
    const progress = startProgress(100, stream);
    clock = 1050;
    progress.update(50);
    progress.end();
    const quick = record(true);
    startProgress(100, quick.stream).end();
    assert.deepEqual([written, quick.written], [[], []]);
  });

  it('tells part, speed and time left, in less than 80 columns', () => {
    assert.equal(line(0, 0, 1), `[${'#'.repeat(30)}] 100 %  0.00 GB/s  0.0 ms left`);
    assert.equal(line(3e9, 4e9, 3), `[${'#'.repeat(22)}........]  75 %  1.00 GB/s  1.0 s left`);
    for (const done of [0, 1e3, 1e12]) assert.ok(line(done, 1e12, 86_400).length < 80);
  });
});
