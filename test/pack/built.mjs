// The installed package compiled where it is: node-mish build, by someone who has a compiler.
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf, environment, nodeOf, root, run, runNode } from './place.mjs';
import { add, addProgram } from './report.mjs';

export async function testBuilt(installed) {
  const row = { runtime: 20, how: 'node-mish build' };
  const directory = copyOf(installed, 'built');
  const modules = join(directory, 'node_modules');
  for (const name of ['cmake-js', 'node-addon-api']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  rmSync(join(modules, 'node-mish', 'prebuilds'), { recursive: true });
  const env = environment(20, { PATH: process.env.PATH });
  const cli = join(modules, 'node-mish', 'dist', 'cli.js');
  const { exit, stdout, stderr } = await run(nodeOf(20), [cli, 'build'], { cwd: directory, env });
  if (exit !== 0) add(row, `exit ${exit}\n${stdout}${stderr}`);
  else addProgram(row, await runNode(20, ['imported.mjs'], directory));
}
