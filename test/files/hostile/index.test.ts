// The index of a sharded checkpoint, bent: what it names is in its own folder, what is wrong is an error of this library,
// and no more memory is taken than the text justifies.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { isMishError } from 'node-mish';
import { root, runToEnd, scratchDirectory } from '../../support/repository.ts';

interface IndexFile {
  readShardIndex(path: string): Promise<{
    readonly shards: ReadonlyMap<string, readonly string[]>;
    readonly metadata: Readonly<Record<string, string>>;
  }>;
}
const file = `${root}build/src/files/shard-index.js`;
const { readShardIndex } = (await import(file)) as IndexFile;

const keys = ['"a"', '"b"', '"__proto__"', '""', '"\\ud83d"', 'a', '1'];
const values = [
  ...['"x.safetensors"', '"y.safetensors"', '"\\u0078.safetensors"', '".safetensors"'],
  ...['"../x.safetensors"', '"/x.safetensors"', '"\\\\x.safetensors"', '"..\\u002fx.safetensors"'],
  ...['"x.json"', '"x.safetensors\\n"', 'null', '1e99', '[]', '{}', '[[', '"', '\\'],
];
const [key, value] = [fc.constantFrom(...keys), fc.constantFrom(...values)];

/** Members of an object, most of them well-formed. */
const members = fc
  .array(
    fc.tuple(key, value).map((pair) => pair.join(':')),
    { maxLength: 3 },
  )
  .map((pairs) => pairs.join(','));
const index = fc
  .record({ map: members, metadata: members, rest: fc.constantFrom('', '', '', ',', '}', ' x') })
  .map(({ map, metadata, rest }) => `{"metadata":{${metadata}},"weight_map":{${map}}${rest}}`);

describe('a hostile index of shards', () => {
  const path = join(scratchDirectory(), 'model.safetensors.index.json');

  /** The shards, each a name in this folder; undefined for an error of the format. */
  async function judge(text: string): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
    writeFileSync(path, text);
    try {
      const { shards, metadata } = await readShardIndex(path);
      for (const shard of shards.keys()) assert.match(shard, /^[^/\\]+\.safetensors$/);
      for (const value of Object.values(metadata)) assert.equal(typeof value, 'string');
      return shards;
    } catch (error) {
      assert.ok(isMishError(error) && error.code === 'ERR_MISH_FORMAT', `${error}`);
      return undefined;
    }
  }

  it('of random members is read or refused, and names no file elsewhere', async function () {
    this.timeout(120_000);
    const count = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(index, async (text) => {
        count[(await judge(text)) ? 'read' : 'refused']++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(count.read > 100 && count.refused > 100, JSON.stringify(count));
  });

  it('keeps names that are keys of objects', async () => {
    const text = '{"weight_map":{"__proto__":"x.safetensors","constructor":"x.safetensors"}}';
    assert.deepEqual((await judge(text))!.get('x.safetensors'), ['__proto__', 'constructor']);
  });

  it('with a list of millions instead of a name takes no memory for the list', () => {
    const list = `[${'[],'.repeat(8_000_000)}0]`;
    for (const text of [
      `{"weight_map":{"a":${list}}}`,
      `{"weight_map":{},"metadata":{"a":${list}}}`,
    ]) {
      writeFileSync(path, text);
      // Parsed, the list takes 700 MB. In a process of its own, which would end at 256 MB.
      const script = `await (await import(${JSON.stringify(file)})).readShardIndex(process.argv[1]).catch((e) => e.code)`;
      const line = ['--max-old-space-size=256', '--input-type=module', '-e', script, path];
      const { exit, stderr } = runToEnd(process.execPath, line);
      assert.deepEqual([exit, stderr], [0, '']);
    }
  });
});
