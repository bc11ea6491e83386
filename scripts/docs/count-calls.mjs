// The functions of this package that mish(x), mishAsync(x) and mish(tensor) call, counted by the engine and printed as
// JSON: by name of the call, a list of { file, name, count }.
//
// A process of its own, started by walks.mjs with --no-opt: the engine does not count a function that it has inlined
// into a compiled caller.
import { Session } from 'node:inspector/promises';
import { mish, mishAsync, Tensor } from '../../build/src/index.js';

const x = Float32Array.from({ length: 16 }, (_, i) => i - 8);
const tensor = Tensor.from(x);

/** Each is made once more than is counted: the first call loads the addon and compiles. */
const calls = {
  mish: () => mish(x),
  'mish-async': () => mishAsync(x),
  'mish-tensor': () => mish(tensor),
};

/** Results, kept so that no collection of one runs functions of this package while the next is counted. */
const results = [];

/** The functions that ran, in the files of build/src. */
function functionsOf(scripts) {
  const marker = '/build/src/';
  return scripts
    .filter(({ url }) => url.includes(marker))
    .flatMap(({ url, functions }) => {
      const file = url.slice(url.lastIndexOf(marker) + marker.length).replace(/\.js$/, '.ts');
      return functions
        .filter(({ ranges }) => ranges[0].count > 0)
        .map(({ functionName, ranges }) => ({ file, name: functionName, count: ranges[0].count }));
    });
}

async function walked(call) {
  const session = new Session();
  session.connect();
  results.push(await call());
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  results.push(await call());
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  return functionsOf(result);
}

const walks = {};
for (const [name, call] of Object.entries(calls)) walks[name] = await walked(call);
console.log(JSON.stringify(walks));
