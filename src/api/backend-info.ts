// `backend`: which implementation serves the host here, and why. Looks only when it is asked.
import { addonFile, availability, version } from '../backend/registry.ts';

/** What {@link backend} tells. */
export interface BackendInfo {
  /** 'native' when the addon's CPU kernels compute, 'js' when the JavaScript ones do. */
  readonly name: 'native' | 'js';
  /** The path of the addon's file, when one is loaded. */
  readonly file?: string;
  /** The ISA level of the native kernels in use: 'x86-64-v3', 'x86-64-v4' or 'arm64'. */
  readonly isa?: string;
  /** Why the native kernels are not in use: what was tried, why each failed, and what would help. */
  readonly reason?: string;
  /** The package's version. */
  readonly version: string;
}

function current(): BackendInfo {
  const cpu = availability('cpu');
  const path = addonFile();
  const file = path === undefined ? {} : { file: path };
  if (!cpu.backend) return { name: 'js', ...file, reason: cpu.reason, version };
  return { name: 'native', ...file, isa: cpu.isa ?? '', version };
}

const getter = (key: keyof BackendInfo) => ({ enumerable: true, get: () => current()[key] });

/**
 * Which implementation computes on the host: decided once, when a property but the version is first read, which looks
 * for the addon and loads it. Reading never throws.
 */
export const backend: BackendInfo = Object.freeze(
  Object.defineProperties({} as BackendInfo, {
    name: getter('name'),
    file: getter('file'),
    isa: getter('isa'),
    reason: getter('reason'),
    version: { enumerable: true, value: version }, // known without looking
    // console.log shows the values, not that they are getters.
    [Symbol.for('nodejs.util.inspect.custom')]: { value: current },
  }),
);
