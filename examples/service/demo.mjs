// The client of `service.mjs --demo`, in a process of its own: eight bodies at once, and /health again and again while
// they are computed. Prints how long that took to answer where the service calls mishAsync, and where it calls mish.
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const base = process.argv[2];
const agent = new Agent({ keepAlive: true });
const [bodies, mebibytes] = [8, 32];
const body = Buffer.from(new Float32Array(2 ** 18 * mebibytes).fill(-1).buffer);

/** A request, and a promise of the beginning of its answer. */
function send(path, method) {
  const sent = request(new URL(path, base), { method, agent });
  const answer = new Promise((resolve, reject) => {
    sent.once('error', reject).once('response', resolve);
  });
  return { sent, answer };
}

async function readToEnd(response) {
  for await (const _ of response);
  if (response.statusCode !== 200) throw new Error(`the service answered ${response.statusCode}`);
}

/** All of a body but the last element, so that none is computed before it is to be. */
async function beginBody(how) {
  const { sent, answer } = send(`/mish?how=${how}`, 'POST');
  sent.setHeader('content-length', body.length);
  await new Promise((resolve) => sent.write(body.subarray(4), resolve));
  return { end: () => sent.end(body.subarray(0, 4)), answer };
}

async function timeHealth() {
  const begin = performance.now();
  const { sent, answer } = send('/health', 'GET');
  sent.end();
  await readToEnd(await answer);
  return performance.now() - begin;
}

/** What /health does from when the bodies are complete until all are computed. */
async function measure(how) {
  const begun = await Promise.all(Array.from({ length: bodies }, () => beginBody(how)));
  await setTimeout(300); // until the service has read all that was sent
  let isOver = false;
  const begin = performance.now();
  for (const { end } of begun) end();
  const all = Promise.all(begun.map(({ answer }) => answer)).finally(() => {
    isOver = true;
  });
  const waitsMs = [];
  while (!isOver) waitsMs.push(await timeHealth());
  const responses = await all;
  const tookMs = performance.now() - begin;
  await Promise.all(responses.map(readToEnd));
  return { answers: waitsMs.length, longestMs: Math.max(...waitsMs), tookMs };
}

const cells = (row) => row.map((cell, i) => (i ? cell.padStart(24) : cell.padEnd(12))).join('');

console.log(`\n${bodies} bodies of ${mebibytes} MiB at once; while they are computed, /health`);
console.log(cells(['by', 'takes at most', 'answers so many times', 'computed after']));
for (const [how, name] of [
  ['async', 'mishAsync'],
  ['sync', 'mish'],
]) {
  await measure(how); // what comes first is compiled, and starts threads
  const { answers, longestMs, tookMs } = await measure(how);
  const ms = (time) => `${time.toFixed(1)} ms`;
  console.log(cells([name, ms(longestMs), `${answers}`, ms(tookMs)]));
}
agent.destroy();
