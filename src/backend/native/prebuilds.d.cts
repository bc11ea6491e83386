// The types of dist/prebuilds.cjs, which scripts/release/list-prebuilds.mjs writes.

/** A binary that this package ships. */
interface Prebuild {
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  /**
   * Requires the file by its literal path, which bundlers follow. Only for bundles: there it is the addon or, by
   * what a bundler does with such files, the path of one.
   */
  load(): unknown;
}

declare const prebuilds: {
  /** Of this package. */
  readonly version: string;
  /** The directory of the file, at run time; undefined in a bundle of ECMAScript modules. */
  readonly directory: string | undefined;
  /** The directory of the package; undefined in a bundle. */
  readonly home: string | undefined;
  /** Whether a bundler took the file from its place, and so from the package's other files. */
  readonly isBundled: boolean;
  /** By platform, as in 'linux-x64'. */
  readonly binaries: Readonly<Record<string, Prebuild>>;
  /** The path of a binary that node-gyp-build finds for the directory. Throws when it finds none. */
  find(directory: string): string;
};

export = prebuilds;
