// Compares generated files with a checkout, and writes those that are stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Paths of the folder's files, from the root of the checkout. */
const filesIn = (place, folder) =>
  readdirSync(join(place, folder)).map((name) => `${folder}/${name}`);

/**
 * What differs between a checkout and what is generated now, a sentence per file.
 * @param place - the root of the checkout
 * @param files - texts by path from there
 * @param folders - folders with generated files only
 */
export function problemsOf(place, files, folders) {
  const stale = [...files].filter(([path, text]) => {
    const file = join(place, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  const strays = folders
    .flatMap((folder) => filesIn(place, folder))
    .filter((path) => !files.has(path));
  return [
    ...stale.map(([path]) => `${path} is not what is generated now: npm run docs`),
    ...strays.map((path) => `${path} is not generated any more: delete it`),
  ];
}

/** Writes the files that are not there, and those whose text differs. */
export function writeStale(place, files) {
  for (const [path, text] of files) {
    const file = join(place, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
