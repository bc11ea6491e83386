// Definitions of operators in a graph: plain data that survives JSON, checked before anything runs.

import { describe, mishError } from '../base/errors.ts';
import { readOptions } from '../base/options.ts';
import { type DeviceSpec, isDeviceSpec } from '../device/device.ts';
import { operatorOf } from './operator.ts';
import { type Operand, type OperatorSchema, type OperatorType, readOperands } from './schema.ts';

/** An operator in a graph: which, on what. Plain data. */
export interface OperatorDef {
  /** Which operator. */
  readonly type: OperatorType;
  /** Names of blobs, in the schema's order; one blob may be several inputs. */
  readonly inputs: readonly string[];
  /** Names of blobs, each once. One that is also an input is computed in place. */
  readonly outputs: readonly string[];
  /** Where to run, for whoever runs it: the operators themselves do not read it. */
  readonly deviceOption?: DeviceSpec;
  /** For people. */
  readonly name?: string;
}

const properties = ['type', 'inputs', 'outputs', 'deviceOption', 'name'] as const;

/**
 * Checks a definition from anywhere, such as JSON. Whether the device is there is not asked.
 * @param def - anything
 * @returns a frozen copy, which its operator can run
 * @throws ERR_MISH_OPERATOR for whatever is wrong with it: no plain object, an unknown property or
 *   type, another number of inputs or outputs than the operator has, a name that is no text or empty,
 *   one name for two outputs, an output over an input that must stay
 */
export function validateDef(def: unknown): OperatorDef {
  return readDef('def', def);
}

/** @internal {@link validateDef} of the definition that `argument` names in errors. */
export function readDef(argument: string, def: unknown): OperatorDef {
  const read = readOptions(def, properties, argument, 'ERR_MISH_OPERATOR');
  const { type, schema } = operatorOf(`${argument}.type`, read.type);
  const inputs = readOperands(type, `${argument}.inputs`, schema.inputs, read.inputs);
  const outputs = readOperands(type, `${argument}.outputs`, schema.outputs, read.outputs);
  const names = (operands: readonly Operand[]) =>
    Object.freeze(operands.map(({ label, value }) => checkName(label, value)));
  const blobs = { inputs: names(inputs), outputs: names(outputs) };
  checkDistinct(outputs);
  checkInPlace(schema, inputs, outputs);
  return Object.freeze({ type, ...blobs, ...readRest(argument, read) });
}

/** @throws ERR_MISH_OPERATOR unless it can be the name of a blob */
export function checkName(label: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw mishError(
    'ERR_MISH_OPERATOR',
    `${label}: expected the name of a blob, a string that is not empty; got ${describe(value)}.`,
  );
}

function checkDistinct(outputs: readonly Operand[]): void {
  for (const [i, { label, value }] of outputs.entries()) {
    const other = outputs.slice(0, i).find((output) => output.value === value);
    if (!other) continue;
    throw mishError(
      'ERR_MISH_OPERATOR',
      `${label}: expected a blob of its own; got '${value}', which is ${other.label} too. Give it another name.`,
    );
  }
}

function checkInPlace(
  { inPlace }: OperatorSchema,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
): void {
  for (const output of outputs) {
    const fine = inPlace.filter(([, name]) => name === output.schema.name).map(([name]) => name);
    for (const input of inputs) {
      if (input.value !== output.value || fine.includes(input.schema.name)) continue;
      throw mishError(
        'ERR_MISH_OPERATOR',
        `${output.label}: expected another blob than ${input.label}; got '${output.value}' for both. In place it may be ${fine.join(' or ')}, or leave ${input.schema.name} out of the inputs.`,
      );
    }
  }
}

function readRest(
  argument: string,
  { deviceOption, name }: { readonly deviceOption?: unknown; readonly name?: unknown },
): Pick<OperatorDef, 'deviceOption' | 'name'> {
  if (deviceOption !== undefined && !isDeviceSpec(deviceOption)) {
    throw mishError(
      'ERR_MISH_OPERATOR',
      `${argument}.deviceOption: expected 'js', 'cpu', 'cuda', 'cuda:N' or 'auto'; got ${describe(deviceOption)}. Of a Device, take its id.`,
    );
  }
  if (name !== undefined && typeof name !== 'string') {
    const got = `expected a string; got ${describe(name)}. Leave it out`;
    throw mishError('ERR_MISH_OPERATOR', `${argument}.name: ${got}.`);
  }
  return { ...(deviceOption && { deviceOption }), ...(name !== undefined && { name }) };
}
