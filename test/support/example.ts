// A program of examples/, run as its user runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Outcome, root, runToEnd, userEnvironment } from './repository.ts';

export function runExample(name: string, ...args: readonly string[]): Outcome {
  return runToEnd(process.execPath, [`${root}examples/${name}.mjs`, ...args], {
    env: userEnvironment(),
  });
}

export interface Running {
  readonly child: ChildProcess;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
}

export function startExample(name: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [`${root}examples/${name}.mjs`, ...args], {
    env: userEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, ended: once(child, 'close').then(([code]) => code as number | null) };
}

export const noSignals: string = process.platform === 'win32' ? ' (no signals here)' : '';
