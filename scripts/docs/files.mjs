// Compares generated files with a checkout, and writes those that are stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Paths of the folder's files, from the root of the checkout. */
const filesIn = (place, folder) =>
  readdirSync(join(place, folder)).map((name) => `${folder}/${name}`);

const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** The first line that differs, as it stands and as it is generated; empty where none does. */
function difference(standing, generated) {
  if (standing === generated) return '';
  const [before, now] = [standing, generated].map((text) => text.split('\n'));
  const at = now.findIndex((line, i) => line !== before[i]);
  const line = at < 0 ? now.length : at;
  return `\n  line ${line + 1} is:  ${before[line] ?? 'missing'}\n  generated: ${now[line] ?? 'nothing'}`;
}

/**
 * What differs between a checkout and what is generated now, a sentence per file, and the first line that differs.
 * @param place - the root of the checkout
 * @param files - texts by path from there
 * @param folders - folders with generated files only
 */
export function problemsOf(place, files, folders) {
  const stale = [...files]
    .map(([path, text]) => [path, difference(textOf(join(place, path)), text)])
    .filter(([, differs]) => differs);
  const strays = folders
    .flatMap((folder) => filesIn(place, folder))
    .filter((path) => !files.has(path));
  return [
    ...stale.map(
      ([path, differs]) => `${path} is not what is generated now: npm run docs${differs}`,
    ),
    ...strays.map((path) => `${path} is not generated any more: delete it`),
  ];
}

/** Writes the files that are not there, and those whose text differs. */
export function writeStale(place, files) {
  for (const [path, text] of files) {
    const file = join(place, path);
    if (textOf(file) === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
