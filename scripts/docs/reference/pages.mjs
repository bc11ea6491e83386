// The pages of the reference: which entry point each is of, and its exports by topic, in the order in which a reader
// wants them. A new export is added to a group here.

const main = {
  path: 'docs/reference/node-mish.md',
  entry: 'build/src/index.d.ts',
  title: 'node-mish',
  about: 'Every export of `node-mish`: functions, the Tensor class, constants and types.',
  introductions: {
    'The functional API':
      'How exact each result is, and how that is shown: [accuracy.md](../accuracy.md).',
    Errors: 'What each code means, and what to do: [errors.md](../errors.md).',
  },
  groups: {
    'The functional API': [
      ...['mish', 'mishDerivative', 'mishBackward', 'mishDoubleBackward'],
      ...['MishOptions', 'DerivativeOptions', 'BackwardOptions', 'DoubleBackwardOptions'],
      ...['OpOptions', 'Precision', 'Half', 'OfBytes', 'Bytes', 'Order', 'Out', 'OutPair'],
      ...['Accumulate'],
    ],
    'Asynchronous calls': [
      ...['mishAsync', 'mishDerivativeAsync', 'mishBackwardAsync', 'mishDoubleBackwardAsync'],
      ...['AsyncOptions', 'Abortable'],
    ],
    Tensors: [
      ...['Tensor', 'TensorOptions', 'Numbers', 'DTypeOf', 'NestedArray', 'TensorJSON'],
      ...['TensorToken'],
    ],
    'Devices and threads': [
      ...['device', 'devices', 'probeDevices'],
      ...['getDefaultDevice', 'setDefaultDevice', 'withDevice', 'setThreads'],
      ...['Device', 'DeviceInfo', 'DeviceId', 'DeviceSpec'],
    ],
    'Memory and scope': ['scope', 'memory', 'MemoryInfo'],
    'Files and streams': [
      ...['loadNpy', 'saveNpy', 'loadSafetensors', 'saveSafetensors', 'readSafetensorsHeader'],
      ...['mishTransform', 'LoadOptions', 'LoadNpyOptions', 'LoadSafetensorsOptions'],
      ...['SafetensorsHeader', 'SafetensorsInfo', 'TransformOptions', 'ElementwiseOp'],
      ...['ByteTransform', 'FilePath'],
    ],
    'The backend': ['backend', 'BackendInfo'],
    Errors: ['isMishError', 'MishError', 'MishErrorCode'],
    'Types of elements and shapes': [
      ...['DType', 'HalfDType', 'FloatArray', 'Like', 'StorageOf', 'StorageMap'],
      ...['Shape', 'Resolved'],
    ],
    'Types that may be absent': ['MaybeFloat16Array', 'MaybeAbortSignal', 'MaybeURL'],
  },
};

const operators = {
  path: 'docs/reference/operators.md',
  entry: 'build/src/operators.d.ts',
  title: 'node-mish/operators',
  about:
    'Every export of `node-mish/operators`: Mish, its gradient and its second-order gradient as operators that a graph runtime can schedule.',
  groups: {
    'The operators': ['Mish', 'MishGradient', 'MishDoubleBackward', 'operators', 'getOperator'],
    'Definitions and gradients': [
      ...['validateDef', 'getMishGradient', 'OperatorDef', 'GradientOptions'],
    ],
    'What an operator has': [
      ...['Operator', 'MishOperator', 'MishGradientOperator', 'MishDoubleBackwardOperator'],
      ...['OperatorMap', 'OperatorType', 'OperatorCall', 'OperatorCost', 'TensorType'],
      ...['OperatorSchema', 'OperandSchema', 'OnnxInfo'],
    ],
  },
};

const tfjs = {
  path: 'docs/reference/tfjs.md',
  entry: 'build/src/tfjs.d.ts',
  title: 'node-mish/tfjs',
  about: 'Every export of `node-mish/tfjs`: Mish for TensorFlow.js, which is passed in.',
  groups: {
    Installing: ['install', 'uninstall', 'InstallOptions', 'TfPath'],
    'What is installed': ['Installation', 'MishLayer', 'MishLayerArgs', 'TensorFlow'],
  },
};

export const entryPages = [main, operators, tfjs];

/** @throws unless each export is in one group, and nothing else is in any */
export function checkGroups({ title, groups }, exports) {
  const grouped = Object.values(groups).flat();
  const names = exports.map(({ name }) => name);
  const problems = [
    ...names.filter((name) => !grouped.includes(name)).map((name) => `${name} is in no group`),
    ...grouped.filter((name) => !names.includes(name)).map((name) => `${name} is no export`),
    ...grouped
      .filter((name, i) => grouped.indexOf(name) < i)
      .map((name) => `${name} is there twice`),
  ];
  if (problems.length === 0) return;
  throw new Error(
    `${title}: ${problems.join(', ')}. Change its groups in scripts/docs/reference/pages.mjs.`,
  );
}
