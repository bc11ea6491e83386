// The progress bar of node-mish apply: what it is told, when it is drawn, and what it says.
import assert from 'node:assert/strict';
import { fixture } from '../../support/file-fixtures.ts';
import { root } from '../../support/repository.ts';

interface ProgressModule {
  startProgress(
    whole: number,
    stream: { isTTY?: boolean; write: (text: string) => void },
  ): { update(done: number): void; end(): void };
  line(done: number, whole: number, elapsedSeconds: number): string;
}
const { startProgress, line } = (await import(
  `${root}build/src/cli/apply/progress.js`
)) as ProgressModule;

interface Pieces {
  applyInPieces(
    work: { x: unknown; op: string },
    parts: readonly unknown[],
    write: (bytes: Uint8Array) => Promise<void>,
    watch: { signal: AbortSignal; onBytes: (done: number) => void },
  ): Promise<void>;
  bytesToDo(parts: readonly unknown[]): number;
}
const { applyInPieces, bytesToDo } = (await import(
  `${root}build/src/cli/apply/pieces.js`
)) as Pieces;
const { partsOf } = (await import(`${root}build/src/cli/apply/parts.js`)) as {
  partsOf(x: unknown, form: { format: string }): readonly unknown[];
};
const { openTensorFile } = await import(`${root}build/src/cli/apply/tensor-file.js`);

describe('the progress bar', () => {
  it('is told what is done of all tensors', async () => {
    const x = await openTensorFile(fixture('floats.safetensors'), 'in');
    const told: number[] = [];
    const watch = {
      signal: new AbortController().signal,
      onBytes: (done: number) => void told.push(done),
    };
    const parts = partsOf(x, { format: 'safetensors' });
    await applyInPieces({ x, op: 'forward' }, parts, async () => {}, watch);
    await x.file.close();
    assert.deepEqual(told, [192, 196, 292, 340, 388]); // 24 float64, 1 and 24 float32, 48 halves
    assert.equal(bytesToDo(parts), 388);
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
