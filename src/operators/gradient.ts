// From the definition of an operator, the definition of its gradient: what Caffe2 calls GetMishGradient,
// and once more for the second order.
import { mishError } from '../base/errors.ts';
import { readOptions } from '../base/options.ts';
import { checkName, type OperatorDef, readDef } from './definition.ts';
import { operators } from './operator.ts';
import { type OperatorType, readOperands } from './schema.ts';

/** How the gradients of a definition are called. */
export interface GradientOptions {
  /**
   * Names of gradients, each under the name of the blob whose gradient it is; the others are called
   * `${blob}_grad`, with `_1`, `_2`, ... appended where that name is in use.
   * @defaultValue none
   */
  readonly gradients?: Readonly<Record<string, string>>;
}

/** The gradient of an operator, in the names of its operands. */
interface GradientRule {
  readonly type: OperatorType;
  /** What its first inputs are: operands of the operator, as they were. */
  readonly keeps: readonly string[];
  /** The outputs whose gradients are its further inputs. */
  readonly from: readonly string[];
  /** The inputs whose gradients are its outputs. */
  readonly to: readonly string[];
}

const rules: Readonly<Record<OperatorType, GradientRule | undefined>> = {
  Mish: { type: 'MishGradient', keeps: ['X', 'Y'], from: ['Y'], to: ['X'] },
  MishGradient: { type: 'MishDoubleBackward', keeps: ['X', 'dY'], from: ['dX'], to: ['X', 'dY'] },
  MishDoubleBackward: undefined,
};

/**
 * The definition of the gradient of a definition: of Mish, MishGradient on [X, Y, gradient of Y]; of
 * MishGradient, MishDoubleBackward on [X, dY, gradient of dX]. It runs on the same device; its name is left out.
 * @param def - a definition, which is checked as by {@link validateDef}
 * @param options - `gradients`, names for blobs
 * @returns a frozen definition, whose outputs are the gradients of the inputs
 * @throws ERR_MISH_OPERATOR for a definition that is wrong, or overwrites what its gradient needs, or
 *   would come out wrong by the given names; ERR_MISH_UNSUPPORTED for MishDoubleBackward;
 *   ERR_MISH_ARGUMENT for a bad option, or a name for something else than a gradient made here
 */
export function getMishGradient(def: OperatorDef, options?: GradientOptions): OperatorDef {
  const { gradients } = readOptions(options, ['gradients']);
  const { type, inputs, outputs, deviceOption } = readDef('def', def);
  const rule = rules[type];
  if (!rule) {
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      `def: there is no gradient operator of ${type}. Derivatives end at the second order.`,
    );
  }
  const blobs = blobsByOperand(type, inputs, outputs);
  const blobOf = (operand: string) => blobs.get(operand)!;
  const lost = rule.keeps.find((operand) => isOverwritten(blobOf(operand), inputs, outputs));
  if (lost !== undefined) {
    throw mishError(
      'ERR_MISH_OPERATOR',
      `def: expected ${lost} to stay, as the gradient of ${type} reads it; got '${blobOf(lost)}' as an output too. Compute into another blob.`,
    );
  }
  const [from, to] = [rule.from.map(blobOf), rule.to.map(blobOf)];
  const gradientOf = gradientNames([...from, ...to], [...inputs, ...outputs], gradients);
  return readDef('gradient', {
    type: rule.type,
    inputs: [...rule.keeps.map(blobOf), ...from.map(gradientOf)],
    outputs: to.map(gradientOf),
    deviceOption,
  });
}

function blobsByOperand(
  type: OperatorType,
  inputs: readonly string[],
  outputs: readonly string[],
): ReadonlyMap<string, string> {
  const { schema } = operators[type];
  const operands = [
    ...readOperands(type, 'inputs', schema.inputs, inputs),
    ...readOperands(type, 'outputs', schema.outputs, outputs),
  ];
  return new Map(operands.map(({ schema: { name }, value }) => [name, value as string]));
}

const isOverwritten = (blob: string, inputs: readonly string[], outputs: readonly string[]) =>
  inputs.includes(blob) && outputs.includes(blob);

/** @throws ERR_MISH_OPERATOR unless it can be the name of a gradient */
function checkGradientName(label: string, value: unknown, taken: readonly string[]): void {
  const name = checkName(label, value);
  if (!taken.includes(name)) return;
  throw mishError(
    'ERR_MISH_OPERATOR',
    `${label}: expected a name that def does not use; got '${name}'. A gradient is a blob of its own.`,
  );
}

/** Names the gradient of a blob, a new one at each call: the given name, or one that nothing has. */
function gradientNames(
  blobs: readonly string[],
  taken: readonly string[],
  gradients: unknown,
): (blob: string) => string {
  const given = readOptions(gradients, blobs, 'gradients');
  const named = Object.keys(given).filter((blob) => given[blob] !== undefined);
  for (const blob of named) checkGradientName(`gradients['${blob}']`, given[blob], taken);
  const used = new Set<unknown>([...taken, ...named.map((blob) => given[blob])]);
  return (blob) => {
    if (named.includes(blob)) return given[blob] as string;
    let name = `${blob}_grad`;
    for (let i = 1; used.has(name); i++) name = `${blob}_grad_${i}`;
    used.add(name);
    return name;
  };
}
