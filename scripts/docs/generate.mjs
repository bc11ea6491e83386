// npm run docs: writes the generated parts of README.md and docs/: tables and figures from reports in bench/results/
// and from the code, the reference, the pictures. With --check it writes nothing: it names what is stale, and exits
// with 1 when anything is.
//
//   npm run docs [-- --check]
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root } from '../root.mjs';
import { contents as ofAccuracy } from './accuracy.mjs';
import { contents as ofBenchmarks } from './benchmarks.mjs';
import { problemsOf, writeStale } from './files.mjs';
import { contents as ofFunction } from './function.mjs';
import { filled } from './markdown.mjs';
import { pictures } from './pictures.mjs';
import { referencePages } from './reference.mjs';
import { contents as ofTraffic } from './traffic.mjs';
import { contents as ofWalks } from './walks.mjs';

const { check } = parseArgs({ options: { check: { type: 'boolean' } } }).values;
const contents = { ...ofAccuracy, ...ofBenchmarks, ...ofFunction, ...ofTraffic, ...ofWalks };

/** Whole files, in folders of their own. */
const files = new Map([...pictures(), ...(await referencePages())]);
const folders = ['docs/pictures', 'docs/reference'];

const documents = readdirSync(`${root}docs`, { recursive: true })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  .concat('README.md')
  .filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)));
for (const path of documents) {
  files.set(path, filled(readFileSync(`${root}${path}`, 'utf8'), contents));
}

if (check) {
  for (const problem of problemsOf(root, files, folders)) {
    console.error(problem);
    process.exitCode = 1;
  }
} else {
  writeStale(root, files);
}
