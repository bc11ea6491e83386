// ONNX models of Mish as the bytes of their protobuf: the Mish operator of opset 18, and its gradient composed of
// other operators, since ONNX has none.

/** A field of wire type 0 or 2: a number, or the bytes of a text or message. */
function field(number, value) {
  if (typeof value === 'number') return [number << 3, ...varint(value)];
  const bytes = typeof value === 'string' ? [...Buffer.from(value)] : value.flat();
  return [(number << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** TensorProto.DataType, of the dtypes that the operator has since opset 18. */
const elementTypes = { float32: 1, float16: 10, float64: 11 };

/** ValueInfoProto: a vector of any length. */
function vector(name, dtype) {
  const shape = field(2, [field(1, field(2, 'N'))]);
  const type = field(1, [field(1, elementTypes[dtype]), shape]);
  return [field(1, name), field(2, type)];
}

/** NodeProto, of `[output, operator, ...inputs]`. */
const node = ([output, operator, ...inputs]) => [
  ...inputs.map((input) => field(1, input)),
  field(2, output),
  field(4, operator),
];

function model(nodes, inputs, output, dtype = 'float32') {
  const graph = [
    ...nodes.map((each) => field(1, node(each))),
    field(2, 'mish'),
    ...inputs.map((name) => field(11, vector(name, dtype))),
    field(12, vector(output, dtype)),
  ];
  const opset = [field(1, ''), field(2, 18)];
  const irVersion = 8;
  return Uint8Array.from([field(1, irVersion), field(7, graph), field(8, opset)].flat());
}

export const forwardModelOf = (dtype) => model([['out', 'Mish', 'x']], ['x'], 'out', dtype);

export const forwardModel = forwardModelOf('float32');

/** dy (t + x s (1 - t t)) with t = tanh(softplus(x)), s = sigmoid(x). */
export const backwardModel = model(
  [
    ['p', 'Softplus', 'x'],
    ['t', 'Tanh', 'p'],
    ['s', 'Sigmoid', 'x'],
    ['xs', 'Mul', 'x', 's'],
    ['tt', 'Mul', 't', 't'],
    ['xstt', 'Mul', 'xs', 'tt'],
    ['rest', 'Sub', 'xs', 'xstt'],
    ['d', 'Add', 't', 'rest'],
    ['out', 'Mul', 'dy', 'd'],
  ],
  ['x', 'dy'],
  'out',
);
