// Peers that are programs of their own: compiled here where they are in C++, then asked for times and values.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spreadOf } from '../../build/src/cli/bench/statistics.js';
import { Absent } from './peer.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const built = fileURLToPath(new URL('../../build/peers/', import.meta.url));
// One thread, whoever asks for more.
const oneThread = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

function run(command, args, { env = {}, input } = {}) {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...oneThread, ...env },
    input,
    maxBuffer: 2 ** 30,
  });
  if (error?.code === 'ENOENT') throw new Absent(`no ${command} here`);
  if (error) throw error;
  if (status === 0) return stdout;
  const [reason] = stderr.toString().trim().split('\n').reverse();
  throw new Absent(reason || `it ended with ${signal ?? `exit code ${status}`}`);
}

function program(name, version, dtypes, command, args, env) {
  return {
    ...{ name, version, dtypes },
    time(op, dtype, size, { milliseconds }) {
      const asked = ['time', op, dtype, String(size), String(milliseconds)];
      const rounds = run(command, [...args, ...asked], { env })
        .toString()
        .trim()
        .split('\n');
      const samples = rounds.map((line) => line.split(' ').map(Number));
      const [ns, memcpy] = [0, 1].map((i) => spreadOf(samples.map((round) => round[i])));
      return { ns, memcpy };
    },
    values(op, x) {
      const bytes = run(command, [...args, 'values', op], { env, input: new Uint8Array(x.buffer) });
      return new Float32Array(new Uint8Array(bytes).buffer);
    },
  };
}

function compiled(name, ...flags) {
  const compiler = process.env.CXX ?? 'c++';
  mkdirSync(built, { recursive: true });
  const files = [`${here}native/${name}.cc`, '-o', `${built}${name}`];
  run(compiler, ['-std=c++17', '-O2', ...files, ...flags]);
  const [version] = run(compiler, ['--version']).toString().split('\n');
  return { file: `${built}${name}`, compiler: version };
}

function oneDnn() {
  const { file } = compiled('onednn', '-ldnnl');
  const header = '#include <oneapi/dnnl/dnnl_version.h>\nDNNL_VERSION_MAJOR DNNL_VERSION_MINOR';
  const compiler = process.env.CXX ?? 'c++';
  const text = run(compiler, ['-E', '-P', '-x', 'c++', '-'], { input: header }).toString();
  const version = text.trim().replace(' ', '.');
  return program('oneDNN', version, ['float32', 'bfloat16'], file, [], {});
}

function libmvec() {
  const wide = process.arch === 'x64' ? ['-mprefer-vector-width=512'] : [];
  const flags = ['-Ofast', '-march=native', ...wide, '-lmvec', '-lm'];
  const { file, compiler } = compiled('libmvec', ...flags);
  return program('C++ loop, fast-math', compiler, ['float32'], file, [], {});
}

/** Debian's python3 has python3-torch; another comes first in PATH perhaps. */
function pytorch(capability) {
  const pythons = ['python3', '/usr/bin/python3'];
  const env = capability ? { ATEN_CPU_CAPABILITY: capability } : {};
  for (const python of pythons) {
    try {
      const asked = ['-c', 'import torch; print(torch.__version__)'];
      const version = run(python, asked, { env }).toString().trim();
      const name = `PyTorch${capability ? `, ${capability}` : ''}`;
      return program(name, version, ['float32'], python, [`${here}pytorch.py`], env);
    } catch (error) {
      if (!(error instanceof Absent) || python === pythons.at(-1)) throw error;
    }
  }
}

export const external = {
  oneDNN: oneDnn,
  'C++ loop, fast-math': libmvec,
  PyTorch: () => pytorch(),
  'PyTorch, avx512': () => pytorch('avx512'),
};
