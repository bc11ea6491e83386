// Goes through a JSON object member by member, so that a header of a hundred megabytes is never parsed
// as a whole: what is wrong shows before what comes after it takes memory.
import { quote } from '../base/errors.ts';

/** Far more tensors than a file of the largest models has; each costs some 500 bytes of memory. */
const mostMembers = 2 ** 17;

/**
 * Each member's key, and the text of its value, which {@link JSON.parse} has still to judge.
 * @throws SyntaxError for what is no object, a key that comes twice or is no Unicode, or more than 2^17
 */
export function* jsonMembers(text: string): Generator<readonly [key: string, value: string]> {
  const keys = new Set<string>();
  let at = after(text, 0, '{');
  if (text[afterSpace(text, at)] === '}') return checkEnd(text, afterSpace(text, at) + 1);
  for (;;) {
    const begin = afterSpace(text, at);
    const keyEnd = stringEnd(text, begin);
    const key = newKey(keys, text.slice(begin, keyEnd));
    const valueBegin = after(text, keyEnd, ':');
    const valueEnd = memberEnd(text, valueBegin);
    yield [key, text.slice(valueBegin, valueEnd)];
    at = valueEnd + 1;
    if (text[valueEnd] === '}') return checkEnd(text, at);
  }
}

/** The key that this text is, added to `keys`. */
function newKey(keys: Set<string>, text: string): string {
  const key = parse(text) as string;
  const problem = keyProblem(keys, key);
  if (problem) throw new SyntaxError(`has ${problem}`);
  keys.add(key);
  return key;
}

function keyProblem(keys: ReadonlySet<string>, key: string): string | undefined {
  if (keys.has(key)) return `the key ${quote(key)} twice`;
  if (/\p{Surrogate}/u.test(key)) return `the key ${quote(key)}, which is no Unicode`;
  return keys.size === mostMembers ? `more than ${mostMembers} keys` : undefined;
}

/** @throws SyntaxError in words that follow "it" */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`has ${quote(text)}`, { cause });
  }
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return at;
}

/** Where `mark`, the next thing but space, ends. */
function after(text: string, from: number, mark: string): number {
  const at = afterSpace(text, from);
  if (text[at] === mark) return at + 1;
  throw new SyntaxError(`has no '${mark}' where one belongs, at character ${at}`);
}

function checkEnd(text: string, from: number): void {
  if (afterSpace(text, from) !== text.length) throw new SyntaxError('goes on after its last }');
}

/** Where the string that begins at `from` ends: after a quote with an even number of backslashes before it. */
function stringEnd(text: string, from: number): number {
  if (text[from] !== '"')
    throw new SyntaxError(`has no string where one belongs, at character ${from}`);
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  throw new SyntaxError('has a string without an end');
}

/** Where the comma or bracket is that ends the value which begins at `from`. */
function memberEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (depth === 0 && (character === ',' || character === '}')) return at;
    else if (character === '}' || character === ']') depth--;
  }
  throw new SyntaxError('ends too early');
}
