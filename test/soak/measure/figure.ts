// What a soak program tells: one line of JSON a figure, with its verdict, for main.ts to put in its table.

/**
 * 'busy': not judged, as other processes had the CPUs all the time: late or not, it says nothing of this library.
 * 'MISSED': over its bound, by what V8 does when it is given a large buffer: it collects all garbage, twice for a
 * transfer of more than 64 MiB, and no call avoids that. Much over it, it is FAILED all the same.
 * 'note': no bound, printed for contrast.
 */
export type Verdict = 'ok' | 'MISSED' | 'FAILED' | 'busy' | 'skipped' | 'note';

export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly verdict: Verdict;
}

/** The long form, with the counts that figures are stated for. */
export const isLong: boolean = process.argv.includes('--long');

/** How many, in the form that runs. */
export const count = (short: number, long: number): number => (isLong ? long : short);

/** Written at once: what a process measured before it died is in the table. */
export function tell(figure: Figure): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

/** A figure that is at most the bound, or is not. */
export function judge(what: string, measured: string, bound: string, holds: boolean): void {
  tell({ what, measured, bound, verdict: holds ? 'ok' : 'FAILED' });
}

/** A figure without a bound. */
export function note(what: string, measured: string): void {
  tell({ what, measured, bound: '', verdict: 'note' });
}

export function skip(what: string, reason: string): void {
  tell({ what, measured: reason, bound: '', verdict: 'skipped' });
}

export const inMB = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const inMs = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
export const grouped = (n: number): string => n.toLocaleString('en-US');
