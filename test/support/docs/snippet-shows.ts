// What `// => text` in the documentation's code becomes when it is run: a check that this is what Node prints.
import assert from 'node:assert/strict';
import { formatWithOptions } from 'node:util';
import { patternOf } from './pattern.ts';

export function shows(values: readonly unknown[], expected: string): void {
  const found = formatWithOptions({ breakLength: Infinity }, ...values).replaceAll('\n', ' ');
  assert.match(found, patternOf(expected));
}
