// The known word that a misspelt one stands for.

/**
 * The known word nearest to what was given: another case, or at most a third of its letters wrong, missing, extra or
 * swapped with a neighbour. Undefined when none is so near.
 */
export function didYouMean(given: string, known: readonly string[]): string | undefined {
  if (given.length === 0 || given.length > 40) return undefined; // the cost grows with the square
  const limit = Math.max(1, Math.floor(given.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const word of known) {
    const distance = editDistance(given.toLowerCase(), word.toLowerCase());
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

/** ` Did you mean 'x'?` for messages, by an alias or by {@link didYouMean}; empty when nothing is near. */
export function suggestion(
  given: unknown,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string {
  if (typeof given !== 'string') return '';
  const alias = given.toLowerCase();
  const meant = Object.hasOwn(aliases, alias) ? aliases[alias] : didYouMean(given, known);
  return meant === undefined ? '' : ` Did you mean '${meant}'?`;
}

/** Letters to insert, delete, replace or swap with a neighbour (Damerau and Levenshtein, restricted). */
function editDistance(a: string, b: string): number {
  let [before, above] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above[j]! + 1, row[j - 1]! + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
