// The losses that examples/train-tfjs.mjs finds, as the report from which docs/pictures/training.svg is drawn.
//
//   node bench/tfjs/curves.mjs <file>.training.json     after npm run build:ts; half a minute
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, program } from '../../build/src/cli/bench/machine.js';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('expected a file to write: node bench/tfjs/curves.mjs <file>.training.json');
  process.exit(2);
}

const example = fileURLToPath(new URL('../../examples/train-tfjs.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'node-mish-training-'));
execFileSync(process.execPath, [example, '--out', folder], { stdio: 'inherit' });

/** Losses are float32: seven digits are what a picture can use. */
function lossesOf(task, run) {
  const model = JSON.parse(readFileSync(join(folder, `${task}-${run}`, 'model.json'), 'utf8'));
  return model.userDefinedMetadata.progress.losses.map((loss) => Number(loss.toPrecision(7)));
}

const titles = { plain: 'two spirals', penalty: 'two spirals, gradient penalty' };
const tasks = Object.entries(titles).map(([task, title]) => ({
  title,
  runs: [
    { name: "tf's own", losses: lossesOf(task, 'own') },
    { name: 'node-mish', losses: lossesOf(task, 'node-mish') },
  ],
}));
rmSync(folder, { recursive: true });
const report = { date: new Date().toISOString(), program: program(), machine: machine(), tasks };
writeFileSync(file, `${JSON.stringify(report)}\n`);
