// The one table of test runs: the folders of test/ that each run takes. Every run gets its list of files here.
//
//   node scripts/test/runs.mjs     npm run test:runs: prints the table with numbers of files
//
// A folder without a row of its own belongs to the row above it. A test file in no row stops every run.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../root.mjs';

/** What each run is. `test` takes every folder, `quick` all but those of quick-cuda, any other those that name it. */
export const runs = {
  test: 'npm test: every file, on the devices of this machine',
  quick: 'npm run test:quick: files of every folder, the quickest first, in less than a minute',
  'quick-cuda': 'the part of it that is on the fake CUDA driver',
  cuda: 'npm run test:cuda: on the fake CUDA driver, a part of npm test; or on a GPU',
  js: 'npm run test:js: without the addon',
  asan: 'npm run test:asan: AddressSanitizer and others',
  'asan-cuda': 'the same, on the fake CUDA driver',
  tsan: 'npm run test:tsan: ThreadSanitizer',
  'tsan-cuda': 'the same, on the fake CUDA driver',
  runtimes: 'npm run test:runtimes: Node 20, 22, 24 and 26',
};

/** By folder of test/: the runs beside `test` and `quick`, then what the folder has or why a run is missing. */
export const folders = {
  accuracy: ['cuda js asan runtimes', 'values beside correctly rounded ones'],
  addon: ['js asan runtimes', 'the native build: skipped by name without it'],
  'addon/loading': ['js runtimes', 'installed copies of the package; no other addon changes them'],
  'addon/threads': ['js tsan runtimes', 'many callers; ThreadSanitizer sees more here than others'],
  'addon/settings': ['js asan', 'kernel levels and numbers of threads, which no Node changes'],
  api: ['cuda js asan runtimes', 'synchronous calls, tensors, devices, errors'],
  'api/operations': ['cuda js asan asan-cuda runtimes', 'every operation in every form of a call'],
  async: ['cuda js asan tsan runtimes', 'asynchronous calls, and what threads share'],
  'async/tensors': ['cuda js asan asan-cuda tsan tsan-cuda runtimes', 'memory that moves'],
  cli: ['js', 'a process for each check, of what the other folders test'],
  'cli/apply': ['cuda js', 'results by device'],
  'cli/plot': ['', 'pictures: no addon, device or Node changes them'],
  cuda: ['cuda js asan-cuda tsan-cuda quick-cuda runtimes', 'tensors and arrays on a CUDA device'],
  'cuda/failures': ['cuda js asan-cuda quick-cuda runtimes', 'drivers and programs that do wrong'],
  files: ['cuda js runtimes', 'formats: JavaScript, where a sanitizer sees nothing of ours'],
  'files/hostile': ['runtimes', 'wrong files: JavaScript reads them, with or without an addon'],
  'files/streams': ['cuda js asan runtimes', 'files in pieces'],
  hostile: ['cuda js asan runtimes', 'what JavaScript can do to calls, at random too'],
  native: ['', 'C++ programs and machine code: no other addon or Node changes them'],
  operators: ['cuda js asan runtimes', 'operators of a graph'],
  tfjs: ['js runtimes', 'TensorFlow.js, a host of JavaScript'],
  tools: ['', 'texts and tools: no addon, device or Node changes them'],
  'tools/examples': ['js runtimes', 'programs, of what the other folders test'],
};

/** Test files of that checkout, as `async/calls`. */
export function testNames(checkout = root) {
  const list = (folder) =>
    readdirSync(join(checkout, 'test', folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : list(`${path}/`);
      return path.endsWith('.test.ts') ? [path.slice(0, -'.test.ts'.length)] : [];
    });
  return list('').sort();
}

/** The deepest row of the table that contains the file; undefined when no row does. */
export function folderOf(name) {
  for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1))
    if (Object.hasOwn(folders, name.slice(0, end))) return name.slice(0, end);
  return undefined;
}

/** What is wrong with the table for those files, in sentences. */
export function problems(names) {
  const where = 'scripts/test/runs.mjs';
  const placed = new Set(names.map(folderOf));
  const unplaced = names.filter((name) => folderOf(name) === undefined);
  const empty = Object.keys(folders).filter((folder) => !placed.has(folder));
  const words = Object.entries(folders).flatMap(([folder, [taken]]) =>
    taken.split(' ').map((run) => ({ folder, run })),
  );
  const unknown = words.filter(({ run }) => run && !Object.hasOwn(runs, run));
  return [
    ...unplaced.map(
      (name) =>
        `test/${name}.test.ts is in no folder of ${where}: move it into one, or give its folder a row`,
    ),
    ...empty.map((folder) => `${where} has a row for test/${folder}, which has no test files`),
    ...unknown.map(({ folder, run }) => `${where} gives test/${folder} the unknown run '${run}'`),
  ];
}

/** Whether that run takes the files of that folder. */
export function takes(run, folder) {
  const named = folders[folder][0].split(' ');
  if (run === 'test') return true;
  return run === 'quick' ? !named.includes('quick-cuda') : named.includes(run);
}

/** The files of a run, of those given. @throws when the run is unknown, or a file in no folder */
export function filesOf(run, names = testNames()) {
  if (!Object.hasOwn(runs, run))
    throw new Error(
      `unknown run '${run}': scripts/test/runs.mjs has ${Object.keys(runs).join(', ')}`,
    );
  const found = problems(names);
  if (found.length > 0) throw new Error(found.join('\n'));
  return names.filter((name) => takes(run, folderOf(name)));
}

/** Those of `names` that the command line asks for, by file or folder; all when it asks for none. */
export function chosen(names, asked) {
  if (asked.length === 0) return names;
  const isAsked = (name) => asked.some((one) => name === one || name.startsWith(`${one}/`));
  const found = names.filter(isAsked);
  if (found.length > 0) return found;
  throw new Error(`no test file of this run is ${asked.join(' or ')}: names are as in async/calls`);
}

// ---- npm run test:runs
/** A line for each folder: its number of files in each run, and what it has. */
export function coverage(names = testNames()) {
  const columns = Object.keys(runs);
  const count = (run, folder) =>
    filesOf(run, names).filter((name) => folder === undefined || folderOf(name) === folder).length;
  const row = (title, cells, note) =>
    [title.padEnd(16), ...cells.map((cell, i) => `${cell}`.padStart(columns[i].length)), note]
      .join('  ')
      .trimEnd();
  const cellsOf = (folder) => columns.map((run) => count(run, folder) || '-');
  return [
    row('test/', columns, ''),
    ...Object.entries(folders).map(([folder, [, note]]) => row(folder, cellsOf(folder), note)),
    row('files', cellsOf(), 'of quick, as many as its budget allows'),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(coverage());
