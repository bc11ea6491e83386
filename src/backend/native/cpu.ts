// The connector to the addon's CPU kernels: names to codes once, statuses to errors.

import { environmentVariable } from '../../base/environment.ts';
import { bare } from '../../base/intrinsics.ts';
import { isThreadCount, threadCountProblem } from '../../base/options.ts';
import { arrayBackend, hostMemory } from '../host-memory.ts';
import type { Availability, ThreadControl } from '../interface.ts';
import type { Addon } from './addon.ts';
import { codesOf, missingNames } from './codes.ts';
import { asyncCallsOf } from './cpu-async.ts';
import { callsOf } from './cpu-calls.ts';
import { loadNative } from './load.ts';
import { settlerOf } from './settler.ts';

const knownLevels = ['x86-64-v3', 'x86-64-v4', 'arm64'];

let connected: Availability | undefined;

/** The backend, or why it cannot be used: decided at the first call. */
export function cpuBackend(): Availability {
  connected ??= bare(connect());
  return connected;
}

function connect(): Availability {
  const requested = environmentVariable('NODE_MISH_ISA') || undefined;
  if (requested !== undefined && !knownLevels.includes(requested)) {
    return wrongLevel(requested, knownLevels);
  }
  const threads = environmentVariable('NODE_MISH_THREADS') || undefined;
  if (threads !== undefined && !(/^\d+$/.test(threads) && isThreadCount(Number(threads)))) {
    const reason = threadCountProblem('NODE_MISH_THREADS', 'nothing', `'${threads}'`);
    return { code: 'ERR_MISH_ARGUMENT', reason };
  }
  const unusable = (reason: string) => ({ code: 'ERR_MISH_NATIVE', reason }) as const;
  const native = loadNative();
  if (!native.addon) return unusable(native.reason);
  const { addon, file } = native;
  const missing = missingNames(addon);
  if (missing.length > 0) return unusable(`${file} is a stale build without ${missing.join(', ')}`);
  const [best] = addon.levels;
  if (best === undefined) {
    return unusable('this CPU has no AVX2 and FMA (x86-64-v3), which the native kernels need');
  }
  const isa = requested ?? best;
  if (!addon.select(isa)) return wrongLevel(isa, addon.levels, ' on this CPU');
  if (threads !== undefined) addon.setThreads(Number(threads), true);
  const { levels, compiler } = addon;
  const codes = codesOf(addon);
  const { copy, ...calls } = callsOf(addon, codes);
  const asyncCalls = asyncCallsOf(addon, codes, settlerOf(addon, codes), calls.run);
  const backend = arrayBackend({ ...hostMemory, ...calls, ...asyncCalls });
  return { backend, isa, levels, compiler, threads: threadControl(addon), copy };
}

function wrongLevel(requested: string, expected: readonly string[], where = ''): Availability {
  const levels = expected.map((level) => `'${level}'`).join(' or ');
  const reason = `NODE_MISH_ISA: expected ${levels}${where}, or nothing; got '${requested}'.`;
  return { code: 'ERR_MISH_ARGUMENT', reason };
}

const saysThreads: Readonly<Record<string, string>> = {
  call: 'setThreads',
  environment: 'NODE_MISH_THREADS',
  affinity: 'the CPUs that this process may run on',
  cgroup: 'the CPU quota of its cgroup',
  failure: 'the system gave no more threads',
};

function threadControl(addon: Addon): ThreadControl {
  return {
    get() {
      const { count, from } = addon.threads();
      return { count, from: saysThreads[from] ?? from };
    },
    set: (count = 0) => addon.setThreads(count, false),
  };
}
