// Prints, as one line of JSON, how node-mish was loaded into this program and whether it computes.

/** Correctly rounded, as bits. */
const expected = { x: [-20, -1, 0, 1, 20], y: [0xb3310d3f, 0xbe9b5770, 0, 0x3f5d7717, 0x41a00000] };

module.exports = async function report({ backend, memory, mish, mishAsync, mishBackward, Tensor }) {
  const x = Float32Array.from(expected.x);
  const bits = (y) => [...new Uint32Array(y.buffer, y.byteOffset, y.length)];
  const right = (y) => JSON.stringify(bits(y)) === JSON.stringify(expected.y);
  const large = await mishAsync(new Float32Array(1 << 18).fill(1)); // several threads' work
  const held = Tensor.zeros([1 << 20]);
  const computes = {
    array: right(mish(x)),
    async: right(await mishAsync(x)) && large.every((y) => y === large[0]),
    tensor: right(mish(Tensor.from(x)).data),
    backward: mishBackward(x, new Float32Array(5).fill(1))[2] === Math.fround(0.6),
    memory: memory().bytes[held.device.id] >= 4 << 20,
  };
  const { name, file, isa, reason } = backend;
  console.log(JSON.stringify({ name, file, isa, reason, computes }));
};
