// The checks of an addon's instructions: AVX only behind the run-time dispatch, and vectorised kernels.
import { readFileSync } from 'node:fs';
import { kernelsPerLevel, operations } from '../operations.mjs';
import { lines, once, Skip, tool } from './binary-tools.mjs';

/**
 * By e_machine: Node's and GNU's name of the CPU, the widest registers of its levels, and arithmetic as
 * objdump writes it, in scalar and in packed registers.
 */
const machines = {
  62: {
    arch: 'x64',
    gnu: 'x86_64',
    levels: { x86_64_v3: '%ymm', x86_64_v4: '%zmm' },
    scalar: /^v(?:add|sub|mul|div|fn?m(?:add|sub)(?:132|213|231))s[ds]\s/,
    packed: /^v(?:add|sub|mul|div|fn?m(?:add|sub)(?:132|213|231))p[ds]\s.*?(%[yz]mm)/,
  },
  183: {
    arch: 'arm64',
    gnu: 'aarch64',
    levels: { arm64: 'v' },
    scalar: /^f(?:add|sub|mul|div|n?m(?:add|sub|ul))\s+[ds]\d/,
    packed: /^f(?:add|sub|mul|div|mla|mls)\s+(v)\d+\.(?:2d|4s)/,
  },
};

function machineOf(file) {
  const number = readFileSync(file).readUInt16LE(18);
  if (!machines[number]) throw new Skip(`no kernels exist for its CPU, e_machine ${number}`);
  return machines[number];
}

const levelOf = (symbol, { levels }) =>
  Object.keys(levels).find((level) => symbol.includes(`mish::cpu::${level}::`));

function disassembly(file, { arch, gnu }) {
  if (arch === process.arch) return tool('objdump', ['-d', '-C', '-w'], file);
  const source = `binutils-${gnu.replace('_', '-')}-linux-gnu`;
  return tool(`${gnu}-linux-gnu-objdump`, ['-d', '-C', '-w'], file, source);
}

/** Per function: how its instructions are encoded, and how many packed and scalar ones compute. */
function functionsOf(file, machine) {
  if (tool('nm', ['-a'], file).trim() === '') {
    throw new Skip('the file is stripped: check it before it is');
  }
  const found = [];
  for (const line of lines(disassembly(file, machine))) {
    const start = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (start) found.push({ name: start[1], encodings: new Map(), packed: {}, scalar: 0 });
    const instruction = /^ +[0-9a-f]+:\t([0-9a-f ]+?) *\t(.*)$/.exec(line);
    if (instruction) account(found.at(-1), instruction[1].split(' '), instruction[2], machine);
  }
  return found;
}

const segmentPrefixes = ['26', '2e', '36', '3e', '64', '65', '67'];
const encodingOf = { c4: 'VEX', c5: 'VEX', 62: 'EVEX' }; // in 64-bit mode those bytes are nothing else

function account(found, bytes, text, { scalar, packed }) {
  const encoding = encodingOf[bytes.find((byte) => !segmentPrefixes.includes(byte))];
  // Before or after its encoding, a mask or 512-bit register is the 512-bit level's.
  const kind = encoding && /%k[0-7]|%zmm/.test(text) ? 'EVEX' : encoding;
  if (kind && !found.encodings.has(kind)) found.encodings.set(kind, text.replace(/\s+/g, ' '));
  if (scalar.test(text)) found.scalar++;
  const register = packed.exec(text)?.[1];
  if (register) found.packed[register] = (found.packed[register] ?? 0) + 1;
}

function dispatch(functions, machine) {
  if (machine.arch === 'arm64') throw new Skip('arm64 has one level, nothing is dispatched');
  return functions().flatMap(({ name, encodings }) => {
    const level = levelOf(name, machine);
    const allowed = level === 'x86_64_v4' ? ['VEX', 'EVEX'] : level ? ['VEX'] : [];
    return [...encodings]
      .filter(([encoding]) => !allowed.includes(encoding))
      .map(
        ([encoding, text]) =>
          `${name} uses ${encoding} ('${text}'), which CPUs that run it may not have: ` +
          'compile it for its own level, static or in its namespace',
      );
  });
}

const isOperation = new RegExp(`::(${operations.map(({ id }) => id).join('|')})<`);

/**
 * A loop that the compiler left scalar is ten times slower and gives the same bits: nobody would see.
 */
function vectorised(functions, machine, excused) {
  return Object.entries(machine.levels).flatMap(([level, widest]) => {
    const isLoop = ({ name }) => levelOf(name, machine) === level && isOperation.test(name);
    const loops = functions().filter(isLoop);
    const kernels = loops.filter(({ name }) => !name.includes('::run_streamed'));
    const wrong = loops
      .map(({ name, packed, scalar }) => ({ name, scalar, packed: packed[widest] ?? 0 }))
      .filter(({ packed, scalar }) => packed === 0 || scalar > excused * packed)
      .map(
        ({ name, packed, scalar }) =>
          `${name}: ${packed} packed ${widest} operations beside ${scalar} scalar ones: ` +
          'its loop is not vectorised; see binding/cpu/kernels.cc',
      );
    if (kernels.length === kernelsPerLevel) return wrong;
    const count = `${kernels.length} kernels of ${level}, ${kernelsPerLevel} expected`;
    return [...wrong, `${count}: build every level, or bring this script up to date`];
  });
}

/**
 * The checks of its instructions, by name. An addon for another CPU than this one is disassembled by that
 * CPU's objdump.
 * @param excused - how many scalar operations each packed one of a kernel excuses
 */
export function instructionChecks(file, excused) {
  const machine = once(() => machineOf(file));
  const functions = once(() => functionsOf(file, machine()));
  return {
    'AVX only in dispatched kernels': () => dispatch(functions, machine()),
    'every kernel is vectorised': () => vectorised(functions, machine(), excused),
  };
}
