// The programs of test/native/CMakeLists.txt: builds one where its sources are newer, or says why it cannot be had.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { hasCommands, type Outcome, root, runToEnd } from '../repository.ts';

const build = `${root}build`;
const targets = `${build}/programs/targets.txt`;

function listedTargets(): readonly string[] {
  return existsSync(targets) ? readFileSync(targets, 'utf8').trim().split('\n') : [];
}

/** Why the program cannot be built here, for a title; or nothing. */
export function lackOf(target: string): string {
  if (!hasCommands('cmake')) return ' (no cmake here)';
  if (!existsSync(`${build}/CMakeCache.txt`)) return ' (nothing is built: npm run build:native)';
  if (!existsSync(targets)) return ' (the build is older than its programs: npm run build:native)';
  return listedTargets().includes(target) ? '' : ` (${target} is not for this compiler or system)`;
}

/** Whether the process that wrote the lock has ended without removing it. */
function isLeft(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0); // asks only
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Test files run two at a time, and two builds in one folder damage its records: one waits. */
function oneAtATime<T>(body: () => T): T {
  const lock = `${build}/programs/lock`;
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid}`, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isLeft(lock)) rmSync(lock, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  try {
    return body();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The program's path. @throws what the compiler says, when it does not compile */
function builtProgram(target: string): string {
  const args = ['--build', build, '--target', target, '-j', `${availableParallelism()}`];
  const { exit, stdout, stderr } = oneAtATime(() => runToEnd('cmake', args));
  if (exit !== 0) throw new Error(`${target} does not compile:\n${stdout}${stderr}`);
  return `${build}/programs/${target}`;
}

/** Builds the program where its sources are newer, and runs it to its end. */
export function runProgram(target: string, ...args: readonly string[]): Outcome {
  return runToEnd(builtProgram(target), args);
}
