// The operations and dtypes of the kernels, as binding/ops.h lists them.
import { readFileSync } from 'node:fs';
import { root } from './root.mjs';

const list = readFileSync(`${root}binding/ops.h`, 'utf8');

/**
 * In order: the identifier in C++, the name in JavaScript, and the dtype whose kernel serves float32_fast.
 */
export const operations = [...list.matchAll(/^ +OP\((\w+), "(\w+)", .*, (\w+)\)/gm)].map(
  ([, id, name, fast]) => ({ id, name, fast }),
);

export const dtypes = /enum class Dtype \{([^}]*)\}/.exec(list)[1].match(/\w+/g);

/** One kernel per operation and dtype, except those that another dtype's kernel serves. */
export const kernelsPerLevel =
  operations.length * dtypes.length -
  operations.filter(({ fast }) => fast !== 'float32_fast').length;
