// npm run docs: writes what is generated of README.md and docs/: tables and figures from reports in bench/results/ and
// from the code, the reference, the pictures. With --check nothing is written: exits with 1 and says what is stale.
//
//   npm run docs [-- --check] [--in DIRECTORY]     in another copy of README.md and docs/
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contents as ofAccuracy } from './accuracy.mjs';
import { contents as ofBenchmarks } from './benchmarks.mjs';
import { contents as ofFunction } from './function.mjs';
import { filled } from './markdown.mjs';
import { pictures } from './pictures.mjs';
import { referencePages } from './reference.mjs';
import { contents as ofTraffic } from './traffic.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = { check: { type: 'boolean' }, in: { type: 'string', default: root } };
const { check, in: place } = parseArgs({ options }).values;

/** Whole files that are generated. */
const files = new Map([...pictures(), ...(await referencePages())]);

/** Documents in which something is, but for those. */
const documents = readdirSync(join(place, 'docs'), { recursive: true })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  .concat('README.md');

const contents = { ...ofAccuracy, ...ofBenchmarks, ...ofFunction, ...ofTraffic };
const read = (path) =>
  existsSync(join(place, path)) ? readFileSync(join(place, path), 'utf8') : undefined;

for (const path of documents) {
  if (!files.has(path)) files.set(path, filled(read(path), contents));
}
for (const [path, fresh] of files) {
  if (read(path) === fresh) continue;
  if (check) {
    console.error(`${path} is not what is generated now: npm run docs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), fresh);
  }
}
