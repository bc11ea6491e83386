// Run as a child process: every function of the package with random nonsense. Each returns, or ends with this
// library's error, or with the very one that an argument threw; nothing is in flight in the end. Arguments: how
// many calls, and a seed or nothing. Prints nothing.
import assert from 'node:assert/strict';
import { argv } from 'node:process';
import fc from 'fast-check';
import * as mish from 'node-mish';
import * as operators from 'node-mish/operators';
import { make, Scene } from './arguments.ts';
import { almost, type Nonsense, recipe } from './recipes.ts';

const atOnce = 20;

type Function = (...values: readonly unknown[]) => unknown;
const loose = (f: unknown) => f as Function;
const nameOf = (f: unknown) => loose(f).name;

const asynchronous = [
  mish.mishAsync,
  mish.mishDerivativeAsync,
  mish.mishBackwardAsync,
  mish.mishDoubleBackwardAsync,
];
const operations = [mish.mish, mish.mishDerivative, mish.mishBackward, mish.mishDoubleBackward];
const others = [
  ...[mish.device, mish.setDefaultDevice, mish.withDevice, mish.scope, mish.setThreads],
  ...[mish.isMishError, mish.mishTransform, operators.validateDef, operators.getMishGradient],
  ...[operators.getOperator],
];
const { Tensor } = mish;
const makers = [
  ...['from', 'fromBits', 'wrap', 'zeros', 'empty', 'fromJSON', 'adopt'],
] as const as readonly (keyof typeof Tensor)[];
type Method = Exclude<keyof mish.Tensor, symbol>;
const methods = [
  ...['read', 'readSync', 'write', 'item', 'toArray', 'toFloat32Array', 'to', 'cast', 'reshape'],
  ...['subarray', 'clone', 'mish', 'mish_', 'dispose', 'release', 'toJSON', 'toString'],
] as const as readonly Method[];
const ofOperators = [operators.Mish, operators.MishGradient, operators.MishDoubleBackward].flatMap(
  ({ type, run, inferTypes, inferCost }) =>
    [run, inferTypes, inferCost].map((f) => [`${type}.${f.name}`, loose(f)] as const),
);

const functions: Readonly<Record<string, Function>> = {
  ...Object.fromEntries([...asynchronous, ...operations, ...others].map((f) => [f.name, loose(f)])),
  ...Object.fromEntries(makers.map((name) => [`Tensor.${name}`, loose(Tensor[name]).bind(Tensor)])),
  ...Object.fromEntries(ofOperators),
  new: (...values) =>
    new (Tensor as unknown as new (...values: readonly unknown[]) => unknown)(...values),
};

/** The operations on arrays and tensors as often as all else together. */
const nonsense: fc.Arbitrary<Nonsense> = fc.oneof(
  fc.record({
    name: fc.constantFrom(...Object.keys(functions), ...methods),
    args: fc.array(recipe, { maxLength: 4 }),
  }),
  almost([...operations, ...asynchronous].map(nameOf)),
);

/** A method is called on the first argument where that is a Tensor; else on a new one. */
function run({ name, args }: Nonsense, values: readonly unknown[]): unknown {
  const f = functions[name];
  if (f) return f(...values);
  const has = args[0]?.make === 'tensor';
  const self = has ? (values[0] as mish.Tensor) : Tensor.from([1, 2]);
  return (self[name as Method] as Function).apply(self, values.slice(has ? 1 : 0) as []);
}

/** What the engine throws where a Proxy that was revoked is asked anything. */
const isOfRevoked = (error: unknown) =>
  error instanceof TypeError && /on a proxy that has been revoked/.test(error.message);

function isFine(name: string, error: unknown, { marker }: Scene): boolean {
  if (!mish.isMishError(error)) return error === marker || isOfRevoked(error);
  // What has memory is small.
  return error.code !== 'ERR_MISH_OOM' || /^Tensor\.|^reshape$/.test(name);
}

async function check(each: Nonsense): Promise<void> {
  const { name, args } = each;
  const scene = new Scene();
  const values = args.map((arg) => make(arg, scene));
  try {
    const result = run(each, values);
    setImmediate(() => scene.act('aborts'));
    if (/Async$|^read$/.test(name)) assert.ok(result instanceof Promise, 'no promise');
    await result;
  } catch (error) {
    if (isFine(name, error, scene)) return;
    const said = (error as Error)?.stack ?? String(error);
    throw new Error(`${name} with ${fc.stringify(args)}: ${said}`);
  } finally {
    await Promise.all(scene.pending);
    for (const tensor of scene.tensors) tensor.dispose();
    assert.deepEqual(scene.readAgain, [], `${name} with ${fc.stringify(args)} read it again`);
  }
}

const device = mish.getDefaultDevice();
const [numRuns, seed] = argv.slice(2).map(Number);
const cases = fc.array(nonsense, { minLength: atOnce, maxLength: atOnce });
const property = fc.asyncProperty(cases, async (all) => {
  const results = await Promise.allSettled(all.map(check));
  mish.setDefaultDevice(device);
  mish.setThreads('auto');
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  assert.equal(mish.memory().inFlight, 0);
});
await fc.assert(property, {
  numRuns: Math.ceil(numRuns! / atOnce),
  ...(seed === undefined ? {} : { seed }),
});
