// The types of dist/prebuilds.cjs, which scripts/release/list-prebuilds.mjs writes.

/** A binary that this package ships. */
interface Prebuild {
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** The path of the file: where the package has it, or where a tool that traces files has put it. */
  readonly file: string | false;
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
};

export = prebuilds;
