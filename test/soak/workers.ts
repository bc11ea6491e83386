// Workers that are terminated while jobs of theirs are in flight, at moments at random: the process lives and
// computes, and nothing that they allocated is left. In a package whose addon is the test build, which counts.
//
// MISH_SOAK_WORKERS=WORKERS/JOBS: how many workers, with how many jobs each, as for an instrumented build
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, runToEnd, seamsFile, userEnvironment } from '../support/repository.ts';
import { count, judge, note, skip } from './measure/figure.ts';
import type { Terminated } from './workers-child.ts';

const given = /^(\d+)\/(\d+)$/.exec(process.env['MISH_SOAK_WORKERS'] ?? '');
const [workers, jobs] = given ? given.slice(1).map(Number) : [count(30, 100), 8];

/** A package as installed, but for its addon, and with these programs. */
function install(directory: string): void {
  for (const part of ['package.json', 'dist', 'node_modules/node-gyp-build', 'build/test']) {
    cpSync(`${root}${part}`, join(directory, part), { recursive: true });
  }
  const addon = join(directory, 'build/Release/node-mish.node');
  mkdirSync(dirname(addon), { recursive: true });
  cpSync(seamsFile, addon);
}

function terminatedIn(directory: string): Terminated | undefined {
  const program = join(directory, 'build/test/soak/workers-child.js');
  const args = ['--expose-gc', program, `${workers}`, `${jobs}`];
  const { exit, stdout, stderr } = runToEnd(process.execPath, args, { env: userEnvironment() });
  const isWell = exit === 0 && stderr === '';
  const measured = isWell ? 'it did' : `exit ${exit} ${stderr.trim()}`;
  judge(`${what}: parent lives`, measured, 'exit 0, silent', isWell);
  return isWell ? (JSON.parse(stdout) as Terminated) : undefined;
}

function tellOf({ isRight, inFlight, allocations, tensors, bytes }: Terminated): void {
  judge(`${what}: parent computes`, isRight ? 'the right values' : 'others', 'right', isRight);
  const native = `${allocations.after}, before ${allocations.before}`;
  judge(
    `${what}: native allocations`,
    native,
    'as before',
    allocations.after === allocations.before,
  );
  const left = `${tensors} Tensors, ${bytes} bytes`;
  judge(`${what}: memory()`, left, 'none', tensors === 0 && bytes === 0);
  note(`${what}: in flight when terminated`, `${inFlight.toFixed(1)} of ${jobs}, mean`);
}

const what = `workers, ${workers} with ${jobs} jobs each`;
if (!existsSync(seamsFile)) skip('workers', 'the test build of the addon is not built');
else {
  const directory = mkdtempSync(join(tmpdir(), 'node-mish-'));
  try {
    install(directory);
    const terminated = terminatedIn(directory);
    if (terminated) tellOf(terminated);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
