// The connector to the addon's CPU kernels: names to indices once, statuses to errors.
import type { Availability, Backend, ThreadControl } from '../backend.ts';
import { type DType, dtypeNames, type HostArray } from '../dtype.ts';
import { mishError } from '../errors.ts';
import { type Addon, loadNative } from '../native.ts';
import { type Op, opNames } from '../ops.ts';
import { isThreadCount, threadCountProblem } from '../options.ts';
import { hostMemory } from './host.ts';
import { overlapError } from './overlap.ts';

const knownLevels = ['x86-64-v3', 'x86-64-v4', 'arm64'];

let connected: Availability | undefined;

/** The backend, or why it cannot be used: decided at the first call. */
export function cpuBackend(): Availability {
  connected ??= connect();
  return connected;
}

function connect(): Availability {
  const requested = process.env['NODE_MISH_ISA'] || undefined;
  if (requested !== undefined && !knownLevels.includes(requested)) {
    return wrongLevel(requested, knownLevels);
  }
  const threads = process.env['NODE_MISH_THREADS'] || undefined;
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
  const backend: Backend<HostArray> = { ...hostMemory, ...runner(addon) };
  return { backend, isa, levels, compiler, threads: threadControl(addon) };
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

/** float32 in precision 'fast', which is a dtype of its own to the addon. */
const fastName = 'float32Fast';

function missingNames(addon: Addon): string[] {
  const missing = (names: readonly string[], has: readonly string[]) =>
    names.filter((name) => !has.includes(name));
  return [...missing(opNames, addon.ops), ...missing([...dtypeNames, fastName], addon.dtypes)];
}

function runner(addon: Addon): Pick<Required<Backend<HostArray>>, 'run' | 'tryRun' | 'copy'> {
  const indices = <Name extends string>(names: readonly Name[], order: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, order.indexOf(name)])) as Record<Name, number>;
  const opIndex = indices(opNames, addon.ops);
  const dtypeIndex = indices(dtypeNames, addon.dtypes);
  const fastIndex = addon.dtypes.indexOf(fastName);
  const dtypeOfFirst = -1;
  const [ok, empty] = [addon.statuses.indexOf('ok'), addon.statuses.indexOf('empty')];

  // By number of operands: spreading two arrays into a call takes as long as a call of one element.
  const call = (
    op: number,
    dtype: number,
    inputs: readonly unknown[],
    outputs: readonly unknown[],
  ) => {
    const [i, o] = [inputs, outputs];
    if (i.length === 1) return addon.run(op, dtype, i[0], o[0]);
    if (i.length === 2) return addon.run(op, dtype, i[0], i[1], o[0]);
    return addon.run(op, dtype, i[0], i[1], i[2], o[0], o[1]);
  };

  return {
    run(op, dtype, inputs, outputs, precision) {
      const format = precision === 'fast' ? fastIndex : dtypeIndex[dtype];
      const status = call(opIndex[op], format, inputs, outputs);
      if (status !== ok && status !== empty) throw statusError(addon.statuses[status], op, dtype);
    },
    tryRun(op, inputs, outputs, precision) {
      const format = precision === 'fast' ? fastIndex : dtypeOfFirst;
      return call(opIndex[op], format, inputs, outputs) === ok;
    },
    copy(stores, dtype, source, target) {
      const status = addon.copy(stores === 'streaming', dtypeIndex[dtype], source, target);
      if (status !== ok && status !== empty) {
        throw statusError(addon.statuses[status], 'copy', dtype);
      }
    },
  };
}

function statusError(status: string | undefined, op: Op | 'copy', dtype: DType) {
  switch (status) {
    case 'overlap':
    case 'inputIsOutput':
      return overlapError(status);
    case 'length':
      return mishError('ERR_MISH_LENGTH', `${op}: expected operands of one length; got several.`);
    default: {
      const got = 'got others. Report this: it should have been seen before';
      return mishError('ERR_MISH_ARGUMENT', `${op}: expected operands of ${dtype}; ${got}.`);
    }
  }
}
