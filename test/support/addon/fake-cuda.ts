// The fake CUDA driver under tests: whether this process has it, what it is to do, and what it counted. Tests
// that need it run by `npm run test:cuda`, which puts it in place of the real one.
import { createRequire } from 'node:module';
import { backend, memory } from 'node-mish';

const isThere = process.env['MISH_FAKE_CUDA'] === '1';

/** Why a test cannot run here, for its title; or nothing. */
export const noFake: string = isThere ? '' : ' (needs the fake driver: npm run test:cuda)';

/** What the fake counts: live things, and calls since cuInit. */
export type Counter =
  | 'liveBlocks'
  | 'liveBytes'
  | 'livePinned'
  | 'liveStreams'
  | 'liveEvents'
  | 'calls'
  | 'callsAfterSticky'
  | 'launches'
  | 'retainedContexts';

interface CudaSeams {
  readonly cuda: { reset(): number; fake(name: Counter): number };
}
const seams = (): CudaSeams => createRequire(import.meta.url)(backend.file!) as CudaSeams;

/** What the fake counted. */
export const counted = (name: Counter): number => seams().cuda.fake(name);

export interface Plan {
  /** `entry:call=code`, separated by commas. */
  readonly FAULT?: string;
  readonly DEVICES?: string;
  readonly MEMORY?: string;
  readonly VERSION?: string;
  readonly CAPABILITY?: string;
  readonly DELAY_US?: string;
}

/** As in a new process with that fake: CUDA as a whole is closed and forgotten, tensors on devices are dead. */
export function begin(plan: Plan = {}): void {
  const names = ['FAULT', 'DEVICES', 'MEMORY', 'VERSION', 'CAPABILITY', 'DELAY_US'] as const;
  for (const name of names) {
    const value = plan[name];
    if (value === undefined) delete process.env[`MISH_FAKE_CUDA_${name}`];
    else process.env[`MISH_FAKE_CUDA_${name}`] = value;
  }
  seams().cuda.reset();
}

/** When what tests left undisposed is gone. */
export async function collected(): Promise<void> {
  for (let i = 0; i < 100 && memory().tensors > 0; i++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
