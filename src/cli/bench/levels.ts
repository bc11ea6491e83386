// Benchmarks on several ISA levels: the one in use here, each other in a process of its own, since a process
// keeps the level that it began with.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mishError } from '../../base/errors.ts';
import { hostLevel, measure, type Plan, type Point } from './measure.ts';

type OnSeries = (points: readonly Point[]) => void;

const worker = fileURLToPath(new URL('./level-process.js', import.meta.url));

export async function measureLevels(
  plan: Plan,
  levels: readonly string[],
  onSeries: OnSeries,
): Promise<void> {
  for (const level of levels) {
    if (level !== hostLevel()) await measureElsewhere(level, plan, onSeries);
    else for (const points of measure(plan)) onSeries(points);
  }
}

function measureElsewhere(level: string, plan: Plan, onSeries: OnSeries): Promise<void> {
  const child = fork(worker, { env: { ...process.env, NODE_MISH_ISA: level } });
  child.on('message', (points) => onSeries(points as readonly Point[]));
  child.send(plan);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else {
        const what = `the process that measured ${level} ended with ${signal ?? `code ${code}`}`;
        reject(mishError('ERR_MISH_NATIVE', `${what}. Run it alone: --isa ${level}.`));
      }
    });
  });
}
