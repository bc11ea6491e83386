// A description of where a benchmark ran: the machine and its settings, the program and what compiled it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { backend } from '../../api/backend-info.ts';
import { availability } from '../../backend/registry.ts';
import { packageRoot } from '../../base/package-root.ts';

export interface Cache {
  /** L1d, L2 and so on. */
  readonly name: string;
  readonly bytes: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Those that hold data, smallest first. */
  readonly caches: readonly Cache[];
  readonly system: string;
  /** What moves figures, as far as the system tells: governor, turbo, pages. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Program {
  readonly version: string;
  /** Of the checkout, where it is one; `-dirty` when files differ from it. */
  readonly commit?: string;
  readonly node: string;
  /** What compiled the native kernels. */
  readonly compiler?: string;
}

/** A file of Linux's /sys in one line; undefined where there is none. */
function told(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function cachesOf(directory: string): Cache[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.startsWith('index'))
    .map((name) => {
      const [level, kind, size] = ['level', 'type', 'size'].map(
        (fact) => told(`${directory}/${name}/${fact}`) ?? '',
      );
      const [, digits, unit] = /^(\d+)([KMG])$/.exec(size!) ?? ['', '0', 'K'];
      return {
        name: `L${level}${kind === 'Data' ? 'd' : ''}`,
        kind,
        bytes: Number(digits) * units[unit!]!,
      };
    })
    .filter(({ kind, bytes }) => kind !== 'Instruction' && bytes > 0)
    .map(({ name, bytes }) => ({ name, bytes }))
    .sort((a, b) => a.bytes - b.bytes);
}

const settingFiles = {
  governor: '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor',
  noTurbo: '/sys/devices/system/cpu/intel_pstate/no_turbo',
  boost: '/sys/devices/system/cpu/cpufreq/boost',
  smt: '/sys/devices/system/cpu/smt/control',
  transparentHugePages: '/sys/kernel/mm/transparent_hugepage/enabled',
} as const;

export function machine(): Machine {
  const settings = Object.entries(settingFiles).flatMap(([name, path]) => {
    const value = told(path);
    return value === undefined ? [] : [[name, /\[(.*)\]/.exec(value)?.[1] ?? value] as const];
  });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    caches: cachesOf('/sys/devices/system/cpu/cpu0/cache'),
    system: `${type()} ${release()} ${process.arch}`,
    settings: Object.fromEntries(settings),
  };
}

function commit(): string | undefined {
  const root = packageRoot();
  if (!existsSync(join(root, '.git'))) return undefined;
  try {
    const args = ['-C', root, 'describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined; // no git here
  }
}

export function program(): Program {
  const cpu = availability('cpu');
  const [at, compiler] = [commit(), cpu.backend && cpu.compiler];
  return {
    version: backend.version,
    ...(at === undefined ? {} : { commit: at }),
    node: process.versions.node,
    ...(compiler === undefined ? {} : { compiler }),
  };
}
