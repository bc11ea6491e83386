// Files of other formats that people hand over for .npy and .safetensors, named by what they begin with, with what to
// do about each.
import type { InputFile } from './input-file.ts';

/** The two formats that are read. */
export type FileFormat = 'npy' | 'safetensors';

interface ForeignFormat {
  /** Matches the first bytes in hexadecimal. The shortest ask for what no length of a .safetensors header is likely to be. */
  readonly begin: RegExp;
  readonly name: string;
  readonly remedy: string;
  /** Of the two formats, the one that this is. */
  readonly format?: FileFormat;
}

const saveFromPython = 'save it from Python with safetensors.torch.save_file or numpy.save';
const save = 'from Python with numpy.save, or all with safetensors.numpy.save_file';
const takeWeights = `save its weights ${save}`;

const formats: readonly ForeignFormat[] = [
  {
    begin: /^934e554d5059/,
    name: 'a .npy file',
    remedy: 'load it with loadNpy',
    format: 'npy',
  },
  {
    begin: /^.{8}000000007b/, // a length below 4 GB, then JSON
    name: 'a .safetensors file',
    remedy: 'load it with loadSafetensors',
    format: 'safetensors',
  },
  {
    begin: /^504b(?:0304|0506)/, // "PK"
    name: 'a zip archive, as .npz files of numpy and .pt, .pth and .bin files of PyTorch are',
    remedy: `of an .npz, unpack the .npy files (unzip x.npz) and load those; of PyTorch's, ${saveFromPython}`,
  },
  // Protocols 2 to 5 say their number, then an instruction, which is not 0; 0 and 1 begin with a list, dict or array.
  {
    begin: /^(?:800[2-5](?!00)|28(?:64|6c)70|(?:7d|5d)7100|636e756d7079(?:2e|0a))/,
    name: 'a Python pickle',
    remedy: saveFromPython,
  },
  { begin: /^47475546/, name: 'a GGUF file', remedy: 'convert it to .safetensors' },
  {
    begin: /^894844460d0a1a0a/,
    name: 'an HDF5 file, as .h5 files of Keras are',
    remedy: saveFromPython,
  },
  // Fields of protocol buffers: a version, then the first field that has a length.
  { begin: /^080112(?!00)/, name: 'a SavedModel of TensorFlow', remedy: takeWeights },
  {
    begin: /^08(?:0[3-9a-f]|1[0-9a-f])(?:12|1a|22|2a|32|3a|42)(?!00)/,
    name: 'an ONNX model',
    remedy: `save its initializers (onnx.numpy_helper.to_array) ${save}`,
  },
  { begin: /^.{8}54464c33/, name: 'a TensorFlow Lite model', remedy: takeWeights },
  {
    begin: /^4d41544c41422035/,
    name: 'a MATLAB file',
    remedy: 'load it with scipy.io.loadmat, and use numpy.save',
  },
  { begin: /^1f8b08/, name: 'compressed by gzip', remedy: 'unpack it with gunzip' },
  { begin: /^28b52ffd/, name: 'compressed by zstd', remedy: 'unpack it with unzstd' },
  { begin: /^fd377a585a00/, name: 'compressed by xz', remedy: 'unpack it with unxz' },
  { begin: /^425a683[1-9]/, name: 'compressed by bzip2', remedy: 'unpack it with bunzip2' },
  {
    begin: /^76657273696f6e2068747470733a2f2f6769742d6c6673/, // version https://git-lfs
    name: 'a pointer of Git LFS, which stands for the file',
    remedy: 'fetch the file (git lfs pull)',
  },
  {
    begin: /^(?:20|09|0a|0d)*3c(?:21[46]4|[46]8[57]4)/, // <!d or <ht
    name: 'an HTML page, which a download gives that needs a login or has failed',
    remedy: 'download the file again, and look at the page for the reason',
  },
  {
    begin: /^(?:20|09|0a|0d)*7b/,
    name: 'JSON',
    remedy: 'of a sharded checkpoint, load the .safetensors files that it names',
  },
];

/** Bytes that tell any of them. */
const longestBegin = 32;

async function formatAt(file: InputFile): Promise<ForeignFormat | undefined> {
  const start = Buffer.alloc(Math.min(longestBegin, file.byteLength));
  await file.read(0, start);
  const hex = start.toString('hex');
  return formats.find(({ begin }) => begin.test(hex));
}

/**
 * What the file is instead of what was expected, and what to do; undefined when it begins like none of these, or as
 * it should.
 */
export async function foreignFormatOf(
  file: InputFile,
  expected?: FileFormat,
): Promise<string | undefined> {
  const found = await formatAt(file);
  if (!found || (expected && found.format === expected)) return undefined;
  return `it is ${found.name}. To use it, ${found.remedy}`;
}

/** Which of the two formats the file begins like, also one that is cut off. */
export async function ownFormatOf(file: InputFile): Promise<FileFormat | undefined> {
  return (await formatAt(file))?.format;
}
