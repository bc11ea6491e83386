// The number of threads that a large call uses, and what sets it: setThreads, NODE_MISH_THREADS, the CPUs that the
// process may run on, the quota of its cgroup, and a system that gives no more threads.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backend, devices, setThreads } from 'node-mish';
import { printedBy } from '../../support/child.ts';
import { cli } from '../../support/cli/command-line.ts';
import { assertCode } from '../../support/errors.ts';
import {
  hasCommands,
  node,
  root,
  runToEnd,
  scratchDirectory,
  seamsFile,
  userEnvironment,
} from '../../support/repository.ts';

const native = backend.name === 'native';
const linux = process.platform === 'linux';
const notNative = native ? '' : ' (native-only: the addon is not loaded)';
const noSeams =
  (linux ? '' : ' (Linux only)') || (existsSync(seamsFile) ? '' : ' (the test build is missing)');

describe('setThreads', () => {
  after(() => setThreads('auto'));

  const threads = () => devices().find(({ kind }) => kind === 'cpu')?.threads;

  it(`is what devices() tell, from the next call on${notNative}`, () => {
    const automatic = threads();
    for (const count of [1, 7, 1024]) {
      setThreads(count);
      assert.equal(threads(), native ? count : undefined);
    }
    setThreads('auto');
    assert.equal(threads(), automatic);
  });

  it('refuses what is no number of threads', () => {
    const wrong = [0, -1, 1.5, NaN, 1025, Infinity, '2', 'Auto', null, undefined, 2n, {}, [2]];
    for (const n of wrong) {
      const { message } = assertCode('ERR_MISH_ARGUMENT', () => setThreads(n as number));
      assert.match(message, /^n: expected an integer from 1 to 1024, or 'auto'; got /);
    }
  });

  it(`is for the whole process, and stronger than NODE_MISH_THREADS${notNative}`, function () {
    if (!native) this.skip();
    const tell = 'mish.devices().find(({ kind }) => kind === "cpu").threads';
    const code = `
      const found = [${tell}];
      mish.setThreads(5);
      found.push(await inWorker('const found = ${tell}; mish.setThreads(6); post(found);').posted);
      found.push(${tell});
      mish.setThreads('auto');
      console.log([...found, ${tell}].join());`;
    assert.equal(printedBy(code, { NODE_MISH_THREADS: '3' }), '3,5,6,3');
  });
});

describe('NODE_MISH_THREADS', () => {
  for (const value of ['0', '-1', '1.5', '1025', '2e1', ' 2', 'auto', 'two']) {
    it(`'${value}': ERR_MISH_ARGUMENT at the first call, not at import`, () => {
      const printed = printedBy(
        `console.log('imported', typeof mish.mish);
        for (const call of [() => mish.mish(1), () => mish.Tensor.zeros([2]), () => mish.setThreads(2)]) {
          try { call(); } catch (e) { console.log(e.code, e.message); }
        }`,
        { NODE_MISH_THREADS: value },
      );
      const expected = 'expected an integer from 1 to 1024, or nothing';
      const line = `ERR_MISH_ARGUMENT NODE_MISH_THREADS: ${expected}; got '${value}'.`;
      assert.deepEqual(printed.split('\n'), ['imported function', line, line, line]);
    });
  }

  it('empty is nothing', () => {
    assert.equal(printedBy('console.log(mish.mish(0))', { NODE_MISH_THREADS: '' }), '0');
  });
});

describe('doctor', () => {
  const threadsOf = (env: NodeJS.ProcessEnv) => {
    return /^threads +(.*)$/m.exec(cli(['doctor'], { env }).stdout)?.[1];
  };
  it('tells how many threads, and what says so', () => {
    const [automatic, set] = [threadsOf({}), threadsOf({ NODE_MISH_THREADS: '3' })];
    if (native) {
      assert.match(
        automatic!,
        /^\d+: the CP(Us that this process may run on|U quota of its cgroup)$/,
      );
      assert.equal(set, '3: NODE_MISH_THREADS');
    } else {
      const alone = '1: JavaScript computes on the thread that calls';
      assert.deepEqual([automatic, set], [alone, alone]);
    }
  });

  it('exits with 1 for a wrong NODE_MISH_THREADS', () => {
    const { exit, stdout } = cli(['doctor'], { env: { NODE_MISH_THREADS: 'many' } });
    assert.equal(exit, 1);
    assert.match(stdout, /NODE_MISH_THREADS: expected an integer from 1 to 1024.*got 'many'/s);
  });
});

// ---------------------------------------------------------------- the system
/** The CPUs that this process may run on, by number. */
function allowedCpus(): number[] {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))!;
  return list!.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number);
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  });
}

/** What the test build says, with those files in place of those in /proc and /sys. */
function threadsWith(env: NodeJS.ProcessEnv, code = ''): { count: number; from: string } {
  const script = `
    const addon = require(${JSON.stringify(seamsFile)});
    ${code}
    console.log(JSON.stringify(addon.threads()));`;
  return JSON.parse(node(['--eval', script], env));
}

/** Files by path; expected without the bound of affinity. */
const quotas: Readonly<Record<string, readonly [files: Record<string, string>, cpus: number]>> = {
  'no cgroup at all': [{}, Infinity],
  'v2, none': [{ cgroup: '0::/a\n', '/a/cpu.max': 'max 100000\n' }, Infinity],
  'v2, half a CPU': [{ cgroup: '0::/a\n', '/a/cpu.max': '50000 100000\n' }, 1],
  'v2, one and a half, rounded up': [{ cgroup: '0::/a\n', '/a/cpu.max': '150000 100000\n' }, 2],
  'v2, exactly one': [{ cgroup: '0::/a\n', '/a/cpu.max': '20000 20000\n' }, 1],
  'v2, of the cgroup around it': [
    { cgroup: '0::/a/b/c\n', '/a/cpu.max': '9000 10000', '/a/b/c/cpu.max': '90000 10000' },
    1,
  ],
  'v2, in a container, by a path of the host': [
    { cgroup: '0::/docker/4f2a\n', '/cpu.max': '10000 100000\n' },
    1,
  ],
  'v2, of a cgroup beside it': [{ cgroup: '0::/ab\n', '/a/cpu.max': '10000 100000' }, Infinity],
  'v2, beyond all CPUs': [{ cgroup: '0::/\n', '/cpu.max': '999999999999 100000\n' }, Infinity],
  'v1, half a CPU': [
    {
      cgroup: '3:memory:/a\n2:cpuacct,cpu:/b\n0::/\n',
      '/cpu/b/cpu.cfs_quota_us': '50000\n',
      '/cpu/b/cpu.cfs_period_us': '100000\n',
    },
    1,
  ],
  'v1, none': [
    {
      cgroup: '1:cpu:/\n',
      '/cpu/cpu.cfs_quota_us': '-1\n',
      '/cpu/cpu.cfs_period_us': '100000\n',
    },
    Infinity,
  ],
  'v1, another controller': [
    {
      cgroup: '1:cpuset:/\n',
      '/cpu/cpu.cfs_quota_us': '50000\n',
      '/cpu/cpu.cfs_period_us': '100000\n',
    },
    Infinity,
  ],
  nonsense: [
    { cgroup: 'cpu\n:\n::\n0:\n', '/cpu.max': '9999999999999999999999999 0', '/a/cpu.max': '' },
    Infinity,
  ],
};

describe(`threads of a process with a CPU quota${noSeams}`, () => {
  const directory = scratchDirectory();
  before(function () {
    if (noSeams) this.skip();
  });

  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };

  for (const [name, [files, quota]] of Object.entries(quotas)) {
    it(name, () => {
      const place = join(directory, name.replaceAll(/\W+/g, '-'));
      mkdirSync(place);
      for (const [path, text] of Object.entries(files)) {
        const isList = path === 'cgroup';
        write(join(place, isList ? 'proc/self/cgroup' : `sys/fs/cgroup${path}`), text);
      }
      const cpus = allowedCpus().length;
      const expected =
        quota < cpus ? { count: quota, from: 'cgroup' } : { count: cpus, from: 'affinity' };
      assert.deepEqual(threadsWith({ MISH_TEST_FILE_ROOT: place }), expected);
    });
  }

  it('auto asks again', () => {
    const place = join(directory, 'again');
    write(join(place, 'proc/self/cgroup'), '0::/\n');
    const code = `
      addon.threads();
      const { mkdirSync, writeFileSync } = require('node:fs');
      mkdirSync('${place}/sys/fs/cgroup', { recursive: true });
      writeFileSync('${place}/sys/fs/cgroup/cpu.max', '1000 100000');
      addon.setThreads(0, false);`;
    assert.equal(threadsWith({ MISH_TEST_FILE_ROOT: place }, code).count, 1);
  });
});

const noTaskset = noSeams || (hasCommands('taskset') ? '' : ' (no taskset here)') || notNative;
describe(`threads of a process that may run on one CPU${noTaskset}`, () => {
  it('are one', function () {
    if (noTaskset) this.skip();
    const cpu = String(allowedCpus().at(-1));
    const args = ['-c', cpu, process.execPath, `${root}dist/cli.cjs`, 'doctor'];
    const { stdout } = runToEnd('taskset', args, { env: userEnvironment() });
    assert.match(stdout, /^threads +1: the CPUs that this process may run on$/m);
  });
});

describe(`threads of a system that gives no more${noSeams}`, () => {
  before(function () {
    if (noSeams) this.skip();
  });

  for (const [failing, count] of [
    ['1', 1],
    ['2', 2],
    ['3', 3],
  ] as const) {
    it(`the creation of number ${failing} fails: ${count} in all, and all is computed`, () => {
      const code = `
        addon.setThreads(4, false);
        const x = new Float32Array(2 ** 22).fill(20), y = new Float32Array(2 ** 22);
        for (let i = 0; i < 3; i++) {
          addon.run(addon.ops.indexOf('forward'), addon.dtypes.indexOf('float32'), x, y.fill(0));
          if (!y.every((value) => value === 20)) throw new Error('not all is computed');
        }`;
      const threads = threadsWith({ MISH_TEST_FAIL_THREAD: failing }, code);
      assert.deepEqual(threads, { count, from: 'failure' });
    });
  }
});
