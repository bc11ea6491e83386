// Arguments that no type allows, as recipes that are plain data and print as such: arrays whose memory is gone,
// options whose getters act on the other arguments, proxies, lookalikes, and any value at all.
import fc from 'fast-check';

const actions = ['nothing', 'throws', 'detaches', 'disposes', 'aborts', 'calls'] as const;
export type Action = (typeof actions)[number];

const arrayKinds = [
  ...['Float32Array', 'Float64Array', 'Uint16Array', 'Float16Array', 'Int8Array'],
  ...['BigInt64Array', 'DataView', 'Buffer', 'Subclass'],
];
const arrayStates = [
  ...['plain', 'plain', 'plain', 'shared', 'a part', 'detached', 'shrunk', 'a liar', 'a proxy'],
  ...['revoked', 'a fake', 'frozen', 'growable'],
];
const tensorStates = [
  'plain',
  'plain',
  'a view',
  'disposed',
  'lent',
  'exposed',
  'wrapping',
  'gone',
];
const dtypes = ['float32', 'float64', 'float16', 'bfloat16'] as const;
const optionNames = [
  ...['device', 'precision', 'dtype', 'out', 'order', 'accumulate', 'signal', 'transfer'],
  ...['shape', 'copy', 'x', 'dy', 'inputs', 'outputs', 'type', 'message', 'data', 'nonsense'],
];

/** [name, value, what reading it does]: of null, the value is not got by a getter. */
export type Entry = readonly [name: string, value: Recipe, action: Action | null];

export type Recipe =
  | { readonly make: 'any' | 'number'; readonly value: unknown }
  | {
      readonly make: 'array';
      readonly kind: string;
      readonly state: string;
      readonly length: number;
    }
  | {
      readonly make: 'tensor';
      readonly dtype: (typeof dtypes)[number];
      readonly state: string;
      readonly length: number;
    }
  | { readonly make: 'options'; readonly form: string; readonly entries: readonly Entry[] }
  | { readonly make: 'list'; readonly items: readonly Recipe[] }
  | { readonly make: 'signal'; readonly state: string }
  | { readonly make: 'function'; readonly action: Action; readonly isAsync: boolean };

/** A call of that function. */
export interface Nonsense {
  readonly name: string;
  readonly args: readonly Recipe[];
}

const length = fc.oneof(fc.nat(5), fc.constantFrom(2, 2, 2, 70));

/** No extents between these: memory for so many elements might be there, and is not to be asked for. */
const numbers = fc.oneof(
  fc.integer({ min: -5, max: 300 }),
  fc.constantFrom(0.5, -0, Number.NaN, Infinity, 2 ** 45, 2 ** 53, 1e300, -(2 ** 31)),
);

const words = fc.constantFrom(
  ...['js', 'cpu', 'cuda', 'cuda:0', 'auto', 'exact', 'fast', 'float32', 'float16', 'bfloat16'],
  ...['float64', 'AAAAAA==', 'Mish', 'MishGradient', 'MishDoubleBackward', '', '__proto__', 'x'],
);

const anything = fc.anything({
  values: [numbers, words, fc.boolean(), fc.constantFrom(null, undefined, 5n, Symbol('s'))],
  key: fc.oneof(fc.constantFrom(...optionNames), fc.string()),
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withBoxedValues: true,
  withTypedArray: true,
  maxDepth: 2,
});

export const { recipe } = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.record({ make: fc.constant('any' as const), value: anything }),
    fc.record({ make: fc.constant('number' as const), value: fc.oneof(numbers, words) }),
    {
      weight: 4,
      arbitrary: fc.record({
        make: fc.constant('array' as const),
        kind: fc.oneof(fc.constant('Float32Array'), fc.constantFrom(...arrayKinds)),
        state: fc.constantFrom(...arrayStates),
        length,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        make: fc.constant('tensor' as const),
        dtype: fc.oneof(fc.constant('float32' as const), fc.constantFrom(...dtypes)),
        state: fc.constantFrom(...tensorStates),
        length,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        make: fc.constant('options' as const),
        form: fc.constantFrom('plain', 'plain', 'plain', 'bare', 'proxy', 'revoked', 'instance'),
        entries: fc.array(
          fc.tuple(
            fc.constantFrom(...optionNames),
            tie('recipe'),
            fc.option(fc.constantFrom(...actions)),
          ),
          { maxLength: 3 },
        ),
      }),
    },
    fc.record({
      make: fc.constant('list' as const),
      items: fc.array(tie('recipe'), { maxLength: 3 }),
    }),
    fc.record({
      make: fc.constant('signal' as const),
      state: fc.constantFrom('aborted', 'fresh', 'a fake'),
    }),
    fc.record({
      make: fc.constant('function' as const),
      action: fc.constantFrom(...actions),
      isAsync: fc.boolean(),
    }),
  ),
}));

// ---------------------------------------------------------------- almost right

const arrayRecipe = fc.record({
  make: fc.constant('array' as const),
  kind: fc.oneof(
    { weight: 9, arbitrary: fc.constant('Float32Array') },
    fc.constantFrom(...arrayKinds),
  ),
  state: fc.oneof({ weight: 2, arbitrary: fc.constant('plain') }, fc.constantFrom(...arrayStates)),
  length: fc.constantFrom(0, 2, 2, 2, 2, 2, 2, 70),
});
const tensorRecipe = fc.record({
  make: fc.constant('tensor' as const),
  dtype: fc.constantFrom('float32' as const, 'float32' as const, 'float16' as const),
  state: fc.oneof({ weight: 2, arbitrary: fc.constant('plain') }, fc.constantFrom(...tensorStates)),
  length: fc.constantFrom(0, 2, 2, 2, 2, 2, 70),
});
const value = (...values: readonly unknown[]): fc.Arbitrary<Recipe> =>
  fc.record({ make: fc.constant('any' as const), value: fc.constantFrom(...values) });

/** What the options of operations may be. */
const optionValues: readonly (readonly [name: string, value: fc.Arbitrary<Recipe>])[] = [
  ['device', value('cpu', 'js', 'auto')],
  ['precision', value('exact', 'fast')],
  ['dtype', value('float32', 'float16', 'bfloat16')],
  ['out', fc.oneof(arrayRecipe, tensorRecipe)],
  ['order', value(1, 2)],
  ['accumulate', value(true, false)],
  [
    'signal',
    fc.record({ make: fc.constant('signal' as const), state: fc.constantFrom('aborted', 'fresh') }),
  ],
  ['transfer', value(true, true, false)],
];
const entry: fc.Arbitrary<Entry> = fc.oneof(
  ...optionValues.map(([name, of]) =>
    fc.tuple(fc.constant(name), of, fc.option(fc.constantFrom(...actions))),
  ),
);

const takesOption = (name: string, option: string): boolean =>
  (option !== 'order' || /Derivative/.test(name)) &&
  (option !== 'accumulate' || /^mishBackward/.test(name)) &&
  (!/signal|transfer/.test(option) || /Async$/.test(name));

/** A call of one of these, with operands of one kind and options that it has: each may be wrong, but mostly is not. */
export const almost = (names: readonly string[]): fc.Arbitrary<Nonsense> =>
  fc
    .record({
      name: fc.constantFrom(...names),
      operands: fc.oneof(
        fc.tuple(arrayRecipe, arrayRecipe, arrayRecipe),
        fc.tuple(tensorRecipe, tensorRecipe, tensorRecipe),
      ),
      entries: fc.array(entry, { maxLength: 3 }),
    })
    .map(({ name, operands, entries }) => {
      const count = /Double/.test(name) ? 3 : /Backward/.test(name) ? 2 : 1;
      const fitting = entries.filter(([option]) => takesOption(name, option));
      const options: Recipe = { make: 'options', form: 'plain', entries: fitting };
      return { name, args: [...operands.slice(0, count), options] };
    });
