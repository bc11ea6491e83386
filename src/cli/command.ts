// The interface of a command, and the values that its flags take.
import type { ParseArgsConfig } from 'node:util';
import { suggestion } from '../base/did-you-mean.ts';
import { mishError } from '../base/errors.ts';
import { type Device, device, deviceSuggestion, isDeviceSpec } from '../device/device.ts';
import type { Output } from './output.ts';

/** The values of a command's flags; a flag is there when it was given. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Command {
  readonly name: string;
  /** One line of the list of commands. */
  readonly summary: string;
  /** What --help prints, in 80 columns; ends with a newline. */
  readonly help: string;
  readonly flags: NonNullable<ParseArgsConfig['options']>;
  /** The exit code. Errors thrown are told by whoever calls. */
  readonly run: (operands: readonly string[], flags: Flags, output: Output) => Promise<number>;
}

/** An error for a call that was typed wrong: its exit code is 2, and --help is its remedy. */
export function usageError(message: string): Error {
  return Object.assign(mishError('ERR_MISH_ARGUMENT', message), { usage: true });
}

export function isUsageError(error: unknown): boolean {
  return error instanceof Error && 'usage' in error;
}

/** The flag's value, which must be one of `allowed`; undefined without the flag. */
export function choice<T extends string>(
  flags: Flags,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = flags[name];
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw usageError(
    `--${name}: expected ${allowed.join(', ')}; got '${value}'.${suggestion(value, allowed)}`,
  );
}

/** The device that --device names, which can be used; undefined without the flag. */
export function deviceFlag(flags: Flags): Device | undefined {
  const spec = flags['device'];
  if (spec === undefined) return undefined;
  if (isDeviceSpec(spec)) return device(spec);
  const meant = deviceSuggestion(spec);
  throw usageError(`--device: expected cpu, js, auto, cuda or cuda:N; got '${spec}'.${meant}`);
}

/** The file that -o names. */
export function outputFlag(flags: Flags): string {
  const path = (flags['output'] as string | undefined) ?? '';
  if (path === '') throw usageError('expected -o and a file to write; got none.');
  if (!path.startsWith('=')) return path;
  throw usageError(`-o: expected a space before the file, or ./ for a name with =; got '${path}'.`);
}

/** @throws a usage error when there are operands, for a command that has none */
export function checkNoOperands(operands: readonly string[]): void {
  if (operands.length > 0) throw usageError(`expected flags only; got '${operands[0]}'.`);
}
