// A module in a process of its own: fresh state, the environment of a user, and an exit code.
import assert from 'node:assert/strict';
import { type Outcome, root, runToEnd, userEnvironment } from './repository.ts';

const poolThreads = new URL('addon/pool-threads.js', import.meta.url);

/** What is at hand in it: the package, a large array, the pool's threads, a worker of plain code. */
const prelude = `
  import * as mish from 'node-mish';
  import { Worker } from 'node:worker_threads';
  import { setTimeout } from 'node:timers/promises';
  import { blockedSignals, mainThreadMs, settledCount } from '${poolThreads}';
  const large = new Float32Array(2 ** 22);
  /** Runs a function body that has mish and post; resolves to the first that it posts. */
  const inWorker = (body) => {
    const code = 'import("node-mish").then((mish) => {' +
      'const post = (value) => require("node:worker_threads").parentPort.postMessage(value);' +
      body + '});';
    const worker = new Worker(code, { eval: true, execArgv: [] });
    const posted = new Promise((resolve, reject) => {
      worker.once('message', resolve).once('error', reject);
    });
    return { worker, posted };
  };
`;

/**
 * For what exits at any moment: Node's main thread joins V8's threads then, and from Node 22 on one that compiles
 * may wait for the main thread to collect garbage (nodejs/node#54918, seen on 24). So there are none.
 */
export const exitsAtAnyMoment = ['--single-threaded'];

/** Runs to its end, with the package that is in that directory. */
export function moduleChild(
  code: string,
  change: NodeJS.ProcessEnv = {},
  package_: string = root,
  flags: readonly string[] = [],
): Outcome {
  const module = ['--expose-gc', '--input-type=module', '--eval', `${prelude}${code}`];
  const args = [...flags, ...module];
  return runToEnd(process.execPath, args, { cwd: package_, env: userEnvironment(change) });
}

/** What it prints; it must end well. */
export function printedBy(
  code: string,
  change: NodeJS.ProcessEnv = {},
  package_: string = root,
): string {
  const { exit, stdout, stderr } = moduleChild(code, change, package_);
  assert.equal(exit, 0, stderr);
  return stdout.trim();
}
