// An HTTP service whose event loop stays free: raw little-endian float32 in, as many bytes of results out, computed on
// other threads in the very memory that the body was read into.
//
//   node examples/service.mjs [--port 8080] [--limit-mib 64]
//   node examples/service.mjs --demo     what is gained, in a table
//
//   curl --data-binary @x.f32 -o y.f32 'http://127.0.0.1:8080/mish?op=derivative'
//   curl http://127.0.0.1:8080/health
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import * as mish from 'node-mish';

function fail(message, exitCode = 2) {
  console.error(message);
  process.exit(exitCode);
}

function readFlags() {
  const options = {
    port: { type: 'string', default: '8080' },
    'limit-mib': { type: 'string', default: '64' },
    demo: { type: 'boolean', default: false },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}
const flags = readFlags();

function integerFlag(name, least, most) {
  const text = flags[name];
  if (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  return fail(`--${name}: expected an integer from ${least} to ${most}; got '${text}'.`);
}
const port = flags.demo ? 0 : integerFlag('port', 0, 65_535);
const mostBytes = 2 ** 20 * integerFlag('limit-mib', 1, 4096);
const mostBytesAtOnce = 16 * mostBytes; // of all bodies

/** The CPU, unless NODE_MISH_DEVICE names another one. */
function chooseDevice() {
  try {
    return mish.getDefaultDevice();
  } catch (error) {
    return fail(error.message, 1);
  }
}
const device = chooseDevice();

const busy = { status: 503, headers: { 'retry-after': 1 } };

/** @throws what is answered with that status */
function refuse(status, message, headers) {
  throw Object.assign(new Error(message), { status, headers });
}

function reply(response, status, type, body, headers) {
  const end = server.listening ? {} : { connection: 'close' }; // an idle one would keep the process
  const ours = { 'content-type': type, 'content-length': Buffer.byteLength(body), ...end };
  response.writeHead(status, { ...ours, ...headers }).end(body);
}

// ---- GET /health
const resolution = 10; // ms
const delays = monitorEventLoopDelay({ resolution });
delays.enable();
let longestBefore = 0;
setInterval(() => {
  longestBefore = delays.max;
  delays.reset();
}, 10_000).unref();

let abandoned = 0;

function answerHealth(_request, response) {
  const longest = Math.max(longestBefore, delays.max) / 1e6 - resolution; // in the last 10 to 20 s
  const longestDelayMs = Math.max(0, Math.round(longest));
  const facts = { device: device.id, inFlight: mish.memory().inFlight, abandoned, longestDelayMs };
  reply(response, 200, 'application/json', `${JSON.stringify(facts)}\n`);
}

// ---- POST /mish
const ops = new Map([
  ['forward', { start: mish.mishAsync, block: mish.mish }],
  ['derivative', { start: mish.mishDerivativeAsync, block: mish.mishDerivative }],
]);
let bytesAtOnce = 0;

/** Bytes of the body, nothing of which was read yet. */
function lengthOf({ headers }) {
  const length = Number(headers['content-length']);
  if (Number.isNaN(length)) refuse(411, 'body: expected its content-length; got none.');
  const got = `got ${length} bytes`;
  if (length > mostBytes) refuse(413, `body: expected at most ${mostBytes} bytes; ${got}.`);
  if (length % 4 !== 0) refuse(400, `body: expected float32, 4 bytes each; ${got}.`);
  if (bytesAtOnce + length <= mostBytesAtOnce) return length;
  return refuse(busy.status, 'Too much is being worked on. Try again.', busy.headers);
}

/** In one ArrayBuffer of its own, which can be given away. */
async function readElements(request, length) {
  const bytes = new Uint8Array(length);
  let size = 0;
  for await (const chunk of request) {
    bytes.set(chunk, size);
    size += chunk.length;
  }
  return new Float32Array(bytes.buffer);
}

async function answerMish(request, response, parameters) {
  const name = parameters.get('op') ?? 'forward';
  const op = ops.get(name) ?? refuse(400, `op: expected forward or derivative; got '${name}'.`);
  const length = lengthOf(request);
  const gone = new AbortController();
  response.once('close', () => gone.abort()); // which changes nothing when all is done
  bytesAtOnce += length;
  try {
    const x = await readElements(request, length);
    const isBlocking = flags.demo && parameters.get('how') === 'sync'; // to show why not
    const y = isBlocking
      ? op.block(x, { device, out: x })
      : await op.start(x, { device, transfer: true, signal: gone.signal });
    reply(response, 200, 'application/octet-stream', new Uint8Array(y.buffer));
  } finally {
    bytesAtOnce -= length;
  }
}

// ---- the server
const routes = new Map([
  ['/health', { method: 'GET', answer: answerHealth }],
  ['/mish', { method: 'POST', answer: answerMish }],
]);

async function route(request, response) {
  const [path, query] = request.url.split('?', 2);
  const { method, answer } = routes.get(path) ?? refuse(404, 'Expected /mish or /health.');
  if (request.method !== method) refuse(405, `Expected ${method}.`, { allow: method });
  await answer(request, response, new URLSearchParams(query));
}

function answerError(error, response) {
  if (response.destroyed) return void abandoned++; // nobody is there to be told
  const isFull = mish.isMishError(error) && error.code === 'ERR_MISH_QUEUE_FULL';
  const { status, headers } = isFull ? busy : error;
  if (!status) console.error(error);
  const message = status ? error.message : 'An error of the service.';
  reply(response, status ?? 500, 'text/plain', `${message}\n`, headers);
}

const server = createServer((request, response) => {
  route(request, response).catch((error) => answerError(error, response));
});

/** Accepts no more, and finishes what it has; a second signal ends the process at once. */
function stop() {
  server.close();
  setTimeout(() => server.closeAllConnections(), 10_000).unref();
}
process.once('SIGINT', stop).once('SIGTERM', stop);

server.once('error', (error) => fail(`${error.message}. Name another --port.`, 1));
server.listen(port, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`${url}/mish, computed on ${device}`);
  if (!flags.demo) return;
  fork(new URL('service/demo.mjs', import.meta.url), [url]).once('close', (code) => {
    process.exitCode = code ?? 1;
    stop();
  });
});
