// The way of a call through this package is short: what docs/architecture.md says of mish(x) is counted by the engine.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { addonFile, root } from '../support/repository.ts';

interface Walks {
  readonly walks: Readonly<Record<string, readonly { readonly file: string }[]>>;
  callsOf(name: string): number;
}

const missing = existsSync(addonFile) ? '' : ' (native-only: the addon is not built)';

describe(`the walk of a call${missing}`, () => {
  let module: Walks;
  before(async function () {
    if (missing) this.skip();
    module = (await import(`${root}scripts/docs/walks.mjs`)) as Walks;
  });

  it('of mish(x) takes at most 16 calls of functions, from mish() to the addon and back', () => {
    assert.ok(module.callsOf('mish') <= 16, `${module.callsOf('mish')} calls`);
    const files = new Set(module.walks['mish']!.map(({ file }) => file));
    assert.ok(files.has('api/mish.ts') && files.has('backend/native/cpu-calls.ts'));
    assert.ok(!files.has('call/check-arrays.ts'), 'arrays are looked at by the addon alone');
  });

  it('of mish(tensor) does without the checks of arrays too, and returns a tensor', () => {
    const files = new Set(module.walks['mish-tensor']!.map(({ file }) => file));
    assert.ok(files.has('tensor/run.ts'));
    assert.ok(!files.has('call/check-arrays.ts'));
  });
});
