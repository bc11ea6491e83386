// node-mish apply, interrupted: it ends soon, with the exit code of the signal, and leaves no file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cliFile } from '../support/cli/command-line.ts';
import { gigabyte, sparseNpy } from '../support/cli/sparse-npy.ts';
import { root, scratchDirectory, userEnvironment } from '../support/repository.ts';

describe('node-mish apply, interrupted', () => {
  const scratch = scratchDirectory();
  before(() => sparseNpy(join(scratch, 'x.npy'), gigabyte, new Map()));

  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`by ${signal}: exit code ${exit}, no file`, async () => {
      const args = [cliFile, 'apply', '--device', 'js', 'x.npy', '-o', 'y.npy'];
      const child = spawn(process.execPath, args, { cwd: scratch, env: userEnvironment() });
      let told = '';
      child.stderr.on('data', (chunk) => {
        told += chunk;
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      while (readdirSync(scratch).length < 2 && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const killed = performance.now();
      child.kill(signal);
      assert.equal(await ended, exit);
      const waited = performance.now() - killed;
      assert.ok(waited < 3000, `${waited} ms: the whole file takes twice as long`);
      assert.match(told, new RegExp(`^node-mish: ended by ${signal}; nothing was written`));
      assert.deepEqual(readdirSync(scratch), ['x.npy']);
    });
  }
});

const stubborn = `
import { interruptible } from '${root}build/src/cli/interrupt.js';
import { writeWhole } from '${root}build/src/files/output-file.js';
await interruptible(() => writeWhole('stubborn', async (write) => {
  await write(Buffer.from('half'));
  console.log('ready');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}));
`;

describe('work that does not stop when it is told to', () => {
  const scratch = scratchDirectory();

  it('is ended by the second signal, and leaves no file', async () => {
    const args = ['--input-type=module', '--eval', stubborn];
    const child = spawn(process.execPath, args, { cwd: scratch });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.equal(readdirSync(scratch).length, 1);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(child.exitCode, null);
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.deepEqual(readdirSync(scratch), []);
  });
});
