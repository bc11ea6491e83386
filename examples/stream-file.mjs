// Mish of a file of raw little-endian elements, of any length in constant memory. The output is there whole or not at
// all, also after Ctrl-C.
//
//   node examples/stream-file.mjs x.f32 y.f32 [--dtype float32] [--op forward]
//   node examples/stream-file.mjs x.f32 y.f32 --make 10000000     makes x.f32 first, of so many normal deviates
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { mishTransform } from 'node-mish';

function fail(message, exitCode) {
  console.error(message);
  process.exit(exitCode);
}

function readArguments() {
  const options = {
    dtype: { type: 'string', default: 'float32' },
    op: { type: 'string', default: 'forward' },
    make: { type: 'string' },
  };
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 2) {
    throw new Error(`expected <in> and <out>, two files; got ${positionals.length} names.`);
  }
  const [input, output] = positionals;
  const { dtype, op, make } = values;
  if (make === undefined) return { input, output, dtype, op };
  if (!/^\d+$/.test(make)) throw new Error(`--make: expected a number of elements; got '${make}'.`);
  if (dtype !== 'float32') throw new Error(`--make: expected float32; got --dtype ${dtype}.`);
  if (!existsSync(input)) return { input, output, dtype, op, elements: Number(make) };
  throw new Error(`--make: expected a new file; ${input} is there. Leave --make out to read it.`);
}

/** Pieces of a little-endian float32 file of normal deviates, by Box and Muller. */
function* normalDeviates(elements) {
  const piece = 2 ** 16;
  for (let begin = 0; begin < elements; begin += piece) {
    const bytes = Buffer.alloc(4 * Math.min(piece, elements - begin));
    for (let at = 0; at < bytes.length; at += 4) {
      const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
      bytes.writeFloatLE(radius * Math.cos(2 * Math.PI * Math.random()), at);
    }
    yield bytes;
  }
}

/** On a terminal, how much is written, while it is. */
function showProgress(path, stream) {
  if (!process.stderr.isTTY) return () => {};
  const show = () =>
    process.stderr.write(`\r${path}: ${(stream.bytesWritten / 1e6).toFixed(0)} MB`);
  const timer = setInterval(show, 100);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\x1b[K');
  };
}

/** The file at that path, written through those streams under another name that it loses when it is whole. */
async function writeWhole(path, streams, signal) {
  const isOther = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  if (isOther) throw new Error(`${path}: expected a file to write; it is something else.`);
  const temporary = `${path}.${randomUUID()}.tmp`;
  const stream = createWriteStream(temporary, { flags: 'wx', flush: true });
  const endProgress = showProgress(path, stream);
  try {
    await pipeline(...streams, stream, { signal });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    endProgress();
  }
  return stream.bytesWritten;
}

async function main({ input, output, dtype, op, elements }, transform, signal) {
  if (elements !== undefined) {
    await writeWhole(input, [Readable.from(normalDeviates(elements))], signal);
  }
  const begin = performance.now();
  const source = createReadStream(input, { highWaterMark: 2 ** 20 }); // each read costs a turn of the event loop
  const bytes = await writeWhole(output, [source, transform], signal);
  const seconds = (performance.now() - begin) / 1000;
  const speed = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
  const peak = `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`;
  const told = `${bytes.toLocaleString('en-US')} bytes in ${seconds.toFixed(2)} s, ${speed}`;
  console.log(`${output}: ${op} of ${dtype}, ${told}; at most ${peak} of memory`);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) {
  process.once(name, () => interrupted.abort(128 + constants.signals[name]));
}
let given;
let transform;
try {
  given = readArguments();
  transform = mishTransform({ dtype: given.dtype, op: given.op });
} catch (error) {
  fail(error.message, 2);
}
await main(given, transform, interrupted.signal).catch((error) => {
  if (interrupted.signal.aborted) process.exit(interrupted.signal.reason);
  fail(error.message, 1);
});
