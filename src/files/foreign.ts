// Files of other formats that people hand over for .npy and .safetensors, named by what they begin with, with what to
// do about each.
import type { InputFile } from './input-file.ts';

interface ForeignFormat {
  /** The first bytes, in hexadecimal. */
  readonly begin: string;
  readonly name: string;
  readonly remedy: string;
}

const saveFromPython = 'save it from Python with safetensors.torch.save_file or numpy.save';

const formats: readonly ForeignFormat[] = [
  {
    begin: '504b0304', // "PK"
    name: 'a zip archive, as .npz files of numpy and .pt files of PyTorch are',
    remedy: `of an .npz, unpack the .npy files (unzip x.npz) and load those; of a .pt, ${saveFromPython}`,
  },
  { begin: '8002', name: 'a Python pickle', remedy: saveFromPython },
  { begin: '8003', name: 'a Python pickle', remedy: saveFromPython },
  { begin: '8004', name: 'a Python pickle', remedy: saveFromPython },
  { begin: '8005', name: 'a Python pickle', remedy: saveFromPython },
  { begin: '47475546', name: 'a GGUF file', remedy: 'convert it to .safetensors' },
  {
    begin: '894844460d0a1a0a',
    name: 'an HDF5 file, as .h5 files of Keras are',
    remedy: saveFromPython,
  },
  { begin: '1f8b', name: 'compressed by gzip', remedy: 'unpack it with gunzip' },
  { begin: '28b52ffd', name: 'compressed by zstd', remedy: 'unpack it with unzstd' },
  {
    begin: '7b',
    name: 'JSON',
    remedy: 'of a sharded checkpoint, load the .safetensors files that it names',
  },
];

/** Bytes that tell any of them. */
const longestBegin = 8;

/** What the file is instead, and what to do; undefined when it begins like none of these. */
export async function foreignFormatOf(file: InputFile): Promise<string | undefined> {
  const start = Buffer.alloc(Math.min(longestBegin, file.byteLength));
  await file.read(0, start);
  const hex = start.toString('hex');
  const found = formats.find(({ begin }) => hex.startsWith(begin));
  return found && `it is ${found.name}. To use it, ${found.remedy}`;
}
