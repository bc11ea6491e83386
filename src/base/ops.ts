// The operations that every backend implements: their names, and their operands in order.

/** What errors call the operands. */
export interface OperandNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OpOperands extends OperandNames {
  /** The first output is also read, so it may not be one of the inputs. */
  readonly readsOutput: boolean;
}

const table = {
  /** y = f(x) */
  forward: { inputs: ['x'], outputs: ['out'], readsOutput: false },
  /** y = f'(x) */
  derivative: { inputs: ['x'], outputs: ['out'], readsOutput: false },
  /** y = f''(x) */
  secondDerivative: { inputs: ['x'], outputs: ['out'], readsOutput: false },
  /** dx = dy f'(x) */
  backward: { inputs: ['x', 'dy'], outputs: ['out'], readsOutput: false },
  /** dx += dy f'(x) */
  backwardAccumulate: { inputs: ['x', 'dy'], outputs: ['out'], readsOutput: true },
  /** gradient of x = ddx dy f''(x), gradient of dy = ddx f'(x) */
  doubleBackward: { inputs: ['x', 'dy', 'ddx'], outputs: ['out.x', 'out.dy'], readsOutput: false },
} as const;

export type Op = keyof typeof table;

export const ops: Readonly<Record<Op, OpOperands>> = table;

export const opNames: readonly Op[] = Object.keys(ops) as Op[];
