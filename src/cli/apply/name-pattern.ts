// Names by pattern, as a shell has them for files: * is any text, ? any character.

/**
 * Whether all of the name matches. Goes back to the last * only, so that the time is at most the product of both
 * lengths: a regular expression takes a minute for a name of 200 kB, which is a stranger's.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const [text, wanted] = [Array.from(name), Array.from(pattern)]; // by character, not half of one
  let [at, next] = [0, 0];
  let lastStar = -1;
  let afterStar = 0;
  while (at < text.length) {
    if (wanted[next] === '*') {
      lastStar = next++;
      afterStar = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === text[at])) {
      next++;
      at++;
    } else if (lastStar >= 0) {
      next = lastStar + 1;
      at = ++afterStar;
    } else {
      return false;
    }
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}
