// Checks that a Linux shared library can be opened safely: a truncated file kills the process with SIGBUS
// inside dlopen, and one for another CPU gives a message nobody can act on. Reads headers only.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const machines: Readonly<Record<number, string>> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
};
const headerBytes = 64;
const segmentBytes = 56;
const sectionBytes = 64;
const loadable = 1;

/** What is wrong with the file, or undefined when nothing is. Throws what the file system throws. */
export function elfProblem(file: string, arch: string): string | undefined {
  const fd = openSync(file, 'r');
  try {
    return problemOf(fd, fstatSync(fd).size, arch);
  } finally {
    closeSync(fd);
  }
}

function problemOf(fd: number, size: number, arch: string): string | undefined {
  const header = Buffer.alloc(headerBytes);
  if (readSync(fd, header, 0, headerBytes, 0) < headerBytes) {
    return `the file is truncated: ${size} bytes, shorter than an ELF header`;
  }
  if (header.readUInt32BE(0) !== 0x7f454c46) return 'not an ELF file';
  const littleEndian64 = header[4] === 2 && header[5] === 1;
  if (!littleEndian64) return 'not a 64-bit little-endian ELF file';
  const machine = header.readUInt16LE(18);
  if (machines[machine] !== arch) {
    return `built for ${machines[machine] ?? `ELF machine ${machine}`}, but this Node is ${arch}`;
  }
  const needed = neededBytes(fd, header);
  if (needed > size) return `the file is truncated: ${size} bytes of at least ${needed}`;
  return endsInZeros(fd, header)
    ? 'the file is damaged: where its section table ends there are only zeros'
    : undefined;
}

/** A download that broke off in a file of full size left zeros; the section table is at its end. */
function endsInZeros(fd: number, header: Buffer): boolean {
  const { sectionsEnd, sectionCount } = sectionTable(header);
  if (sectionCount === 0) return false;
  const last = Buffer.alloc(sectionBytes);
  readSync(fd, last, 0, sectionBytes, sectionsEnd - sectionBytes);
  return last.every((byte) => byte === 0);
}

function sectionTable(header: Buffer): { sectionsEnd: number; sectionCount: number } {
  const sectionCount = header.readUInt16LE(60);
  const begin = Number(header.readBigUInt64LE(40));
  return { sectionsEnd: begin + sectionCount * header.readUInt16LE(58), sectionCount };
}

/** The end of the last byte that loading maps, and of the section table. */
function neededBytes(fd: number, header: Buffer): number {
  const segmentsAt = Number(header.readBigUInt64LE(32));
  const segmentCount = header.readUInt16LE(56);
  const { sectionsEnd } = sectionTable(header);
  let needed = Math.max(segmentsAt + segmentCount * segmentBytes, sectionsEnd);

  const segments = Buffer.alloc(segmentCount * segmentBytes);
  readSync(fd, segments, 0, segments.length, segmentsAt);
  for (let at = 0; at < segments.length; at += segmentBytes) {
    if (segments.readUInt32LE(at) !== loadable) continue;
    const offset = Number(segments.readBigUInt64LE(at + 8));
    needed = Math.max(needed, offset + Number(segments.readBigUInt64LE(at + 32)));
  }
  return needed;
}
