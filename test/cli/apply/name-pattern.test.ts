// Patterns of names: what matches, compared with regular expressions on random ones.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { root } from '../../support/repository.ts';

interface NamePattern {
  matchesPattern(name: string, pattern: string): boolean;
}
const { matchesPattern } = (await import(
  `${root}build/src/cli/apply/name-pattern.js`
)) as NamePattern;

describe('a pattern of names', () => {
  const rows: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['*', '', true],
    ['?', '', false],
    ['*.weight', 'layer.0.weight', true],
    ['*.weight', 'layer.0.weights', false],
    ['layer.?.bias', 'layer.7.bias', true],
    ['layer.?.bias', 'layer.17.bias', false],
    ['a*b*c', 'aXbXbXc', true],
    ['a.b', 'aXb', false],
    ['[a]', 'a', false],
    ['?', '\u{1f600}', true],
    ['**', 'line\nbreak', true],
    ['*\\', 'back\\', true],
  ];
  for (const [pattern, name, matches] of rows) {
    it(`${JSON.stringify(pattern)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(name)}`, () =>
      assert.equal(matchesPattern(name, pattern), matches));
  }

  it('matches what the regular expression of the same meaning does', () => {
    const text = (characters: readonly string[]) =>
      fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text(['a', 'b', '.']), text(['a', 'b', '.', '*', '?']), (name, pattern) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        assert.equal(matchesPattern(name, pattern), new RegExp(`^${escaped}$`).test(name));
      }),
      { numRuns: 5000 },
    );
  });
});
