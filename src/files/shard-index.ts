// The index of a sharded checkpoint, model.safetensors.index.json: which file has which tensor. Format: what
// transformers of Hugging Face writes.
import { withInputFile } from './input-file.ts';
import { jsonMembers, parse } from './json.ts';

/** Far more than the index of the largest models takes. */
const longestIndex = 100_000_000;

export interface ShardIndex {
  /** Names of tensors by file, files in the order in which they are named first. */
  readonly shards: ReadonlyMap<string, readonly string[]>;
  /** Facts that the index states, as total_size. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws ERR_MISH_FORMAT when it is no such index, or names files in another folder */
export async function readShardIndex(path: string): Promise<ShardIndex> {
  return withInputFile(path, async (file) => {
    const expected = 'expected the index of a sharded checkpoint, JSON with a "weight_map"';
    const fail = (got: string, cause?: unknown) =>
      file.formatError(`${expected}; ${got}.`, cause === undefined ? undefined : { cause });
    if (file.byteLength > longestIndex) throw fail(`it has ${file.byteLength} bytes`);
    const bytes = new Uint8Array(file.byteLength);
    await file.read(0, bytes);
    try {
      const members = new Map(jsonMembers(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
      const map = members.get('weight_map');
      if (map === undefined) throw new SyntaxError('has none');
      return { shards: shardsOf(map), metadata: metadataOf(members.get('metadata')) };
    } catch (cause) {
      throw fail(`it ${(cause as Error).message}`, cause);
    }
  });
}

/** @throws SyntaxError, in words that follow "it" */
function shardsOf(weightMap: string): ReadonlyMap<string, readonly string[]> {
  const shards = new Map<string, string[]>();
  for (const [name, text] of jsonMembers(weightMap)) {
    const shard = isString(text) ? parse(text) : undefined;
    // A file of strangers must not have others opened.
    if (typeof shard !== 'string' || !/^[^/\\]+\.safetensors$/.test(shard)) {
      throw new SyntaxError(`names ${text.slice(0, 60)}, which is no .safetensors file beside it`);
    }
    const names = shards.get(shard) ?? [];
    names.push(name);
    shards.set(shard, names);
  }
  return shards;
}

function metadataOf(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const pairs = [...jsonMembers(text)].map(([key, value]) => {
    return [key, isString(value) ? String(parse(value)) : value.trim()] as const;
  });
  return Object.fromEntries(pairs);
}

/** Other values are not parsed: of a list of a hundred megabytes that takes gigabytes. */
const isString = (text: string): boolean => text.trimStart().startsWith('"');
