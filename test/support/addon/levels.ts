// The levels that kernels are built for, and why the tests of one cannot run here.
import { createRequire } from 'node:module';
import { backend } from 'node-mish';

const require = createRequire(import.meta.url);

export const levelNames = ['x86-64-v3', 'x86-64-v4', 'arm64'] as const;
export const notLoaded = 'native-only: the addon is not loaded';
const notThisCpu = 'this CPU lacks it';

/** The levels that this CPU runs, best first, of the addon that the package uses. */
export function usableLevels(): readonly string[] {
  return backend.file ? (require(backend.file) as { levels: string[] }).levels : [];
}

/** Why it cannot run, or undefined when it can. */
export function lacking(level: string): string | undefined {
  if (backend.name !== 'native') return notLoaded;
  return usableLevels().includes(level) ? undefined : notThisCpu;
}

/** A level that the addon would need another CPU for, or undefined when there is none, or no addon. */
export function levelOfOtherCpus(): string | undefined {
  return ['arm64', 'x86-64-v4'].find((level) => lacking(level) === notThisCpu);
}

/** The title of a test, which says why it is skipped where it is. */
export const named = (title: string, reason: string | undefined): string =>
  reason ? `${title} (${reason})` : title;
