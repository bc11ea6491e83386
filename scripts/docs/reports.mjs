// The reports in bench/results/, the newest of each kind, and the sentence that says where one was made.
import { readdirSync, readFileSync } from 'node:fs';
import { byteName } from '../../build/src/cli/bench/report.js';
import { root } from '../root.mjs';

const directory = `${root}bench/results/`;

/** The report of that kind, `<name>.<kind>.json`, with the latest date. */
export function newest(kind) {
  const reports = readdirSync(directory)
    .filter((name) => name.endsWith(`.${kind}.json`))
    .map((name) => JSON.parse(readFileSync(`${directory}${name}`, 'utf8')));
  return reports.sort((a, b) => (a.date < b.date ? -1 : 1)).at(-1);
}

export function where({ date, program, machine }, what) {
  const { version, commit, node, compiler } = program;
  const caches = machine.caches.map(({ name, bytes }) => `${name} ${byteName(bytes)}`);
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`);
  const facts = [
    `${what}, ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores`,
    ...caches,
    machine.system,
    ...settings,
    `node-mish ${version}${commit ? ` (${commit})` : ''}, ${compiler ?? 'no addon'}, Node ${node}`,
  ];
  return `${facts.join('; ')}.`;
}
