// Schemas: what an operator takes and gives, as data; and lists of operands, matched with them.
import { describe, mishError } from '../base/errors.ts';

/** The operators there are. */
export type OperatorType = 'Mish' | 'MishGradient' | 'MishDoubleBackward';

/** One input or output. */
export interface OperandSchema {
  /** What this operator calls it, as 'dY'. */
  readonly name: string;
  /** What it holds. */
  readonly doc: string;
  /** May be left out: it is checked where it is given, and never read. */
  readonly optional?: true;
}

/** What an operator takes and gives. */
export interface OperatorSchema {
  /** What it computes. */
  readonly doc: string;
  /** How many inputs it takes. With fewer than `max` the optional ones are left out; the others keep their order. */
  readonly numInputs: { readonly min: number; readonly max: number };
  /** How many outputs it has, always. */
  readonly numOutputs: number;
  /** All inputs, in order. */
  readonly inputs: readonly OperandSchema[];
  /** All outputs, in order. */
  readonly outputs: readonly OperandSchema[];
  /** Which output may be written over which input: the same memory exactly, never a part of it. */
  readonly inPlace: readonly (readonly [input: string, output: string])[];
}

const isRequired = ({ optional }: OperandSchema) => !optional;

/** A frozen schema. Every output may be written over every input that is read, as in all kernels. */
export function makeSchema(
  doc: string,
  inputs: readonly OperandSchema[],
  outputs: readonly OperandSchema[],
): OperatorSchema {
  const required = inputs.filter(isRequired);
  return freezeDeep({
    doc,
    numInputs: { min: required.length, max: inputs.length },
    numOutputs: outputs.length,
    inputs,
    outputs,
    inPlace: required.flatMap((input) =>
      outputs.map((output) => [input.name, output.name] as const),
    ),
  });
}

/** Freezes literals: objects and arrays that hold nothing but themselves and values. */
export function freezeDeep<T extends object>(literal: T): T {
  for (const part of Object.values(literal)) {
    if (typeof part === 'object' && part !== null) freezeDeep(part);
  }
  return Object.freeze(literal);
}

/** An entry of a list of inputs or outputs, not yet looked at. */
export interface Operand {
  readonly schema: OperandSchema;
  /** What errors call it: `inputs[1] (Y)`. */
  readonly label: string;
  readonly value: unknown;
}

/**
 * Each entry of `list` with the operand that it is. Entries are read once.
 * @throws ERR_MISH_OPERATOR unless it is an array of as many as the operator has
 */
export function readOperands(
  type: OperatorType,
  argument: string,
  schemas: readonly OperandSchema[],
  list: unknown,
): readonly Operand[] {
  const forms = [schemas, schemas.filter(isRequired)];
  const form = Array.isArray(list) && forms.find(({ length }) => length === list.length);
  if (!form) throw listError(type, argument, forms, list);
  return form.map((schema, i) => ({
    schema,
    label: `${argument}[${i}] (${schema.name})`,
    value: list[i],
  }));
}

function listError(
  type: OperatorType,
  argument: string,
  forms: readonly (readonly OperandSchema[])[],
  list: unknown,
) {
  const texts = forms.map((form) => `[${form.map(({ name }) => name).join(', ')}]`);
  const expected = [...new Set(texts)].join(' or ');
  const got = Array.isArray(list) ? `an array of ${list.length}` : describe(list);
  return mishError(
    'ERR_MISH_OPERATOR',
    `${argument}: expected ${expected} of ${type}; got ${got}. Pass exactly these, in that order.`,
  );
}
