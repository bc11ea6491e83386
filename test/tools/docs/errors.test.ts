// docs/errors.md has every code that there is, and no other, each with the class of its errors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isMishError, type MishErrorCode } from 'node-mish';
import { root } from '../../support/repository.ts';

const { mishError } = (await import(`${root}build/src/base/errors.js`)) as {
  mishError(code: MishErrorCode, message: string): Error;
};

/** Of a union of literals in the declarations that ship. */
const codes = [
  ...readFileSync(`${root}build/src/base/errors.d.ts`, 'utf8').matchAll(/'(ERR_MISH_\w+)'/g),
]
  .map(([, code]) => code as MishErrorCode)
  .sort();

const sections = [
  ...readFileSync(`${root}docs/errors.md`, 'utf8').matchAll(/^### (\w+)\n\n(\w+)\. (.+)$/gm),
].map(([, code, name, text]) => ({ code: code as MishErrorCode, name, text: text! }));

describe('docs/errors.md', () => {
  it('has every code once', () => {
    assert.ok(codes.length > 20, 'they are found in the declarations');
    assert.deepEqual(sections.map(({ code }) => code).sort(), codes);
  });

  it('says the class of each', () => {
    for (const { code, name } of sections) {
      const error = mishError(code, '');
      assert.ok(isMishError(error));
      assert.equal(error.constructor.name, name, code);
    }
  });

  it('says of each what it means and what to do', () => {
    for (const { code, text } of sections) {
      assert.ok(text.split(/[.:] /).length >= 2 && text.length > 60, code);
    }
  });
});
