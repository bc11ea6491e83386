// examples/service.mjs: answers with the bits of the library, refuses what it should, outlives clients that go away,
// ends when it is told to, and answers /health while it computes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { mish, mishDerivative } from 'node-mish';
import { noSignals, type Running, runExample, startExample } from '../../support/example.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Health {
  readonly device: string;
  readonly inFlight: number;
  readonly abandoned: number;
  readonly longestDelayMs: number;
}

describe('the example that serves', () => {
  const agent = new Agent({ keepAlive: true });
  let service: Running;
  let url = '';
  before(async () => {
    service = startExample('service', '--port', '0', '--limit-mib', '1');
    const [line] = await once(service.child.stdout!, 'data');
    url = /^(http:\S+)\/mish, computed on (?:cpu|js)\n/.exec(String(line))![1]!;
  });
  after(() => {
    agent.destroy();
    service.child.kill();
  });

  async function answerOf(sent: ClientRequest): Promise<Answer> {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: Buffer.concat(await response.toArray()) };
  }
  const open = (path: string, method: string, headers: Readonly<Record<string, string>> = {}) =>
    request(`${url}${path}`, { method, headers, agent });
  const post = (path: string, body: Uint8Array): Promise<Answer> => {
    const sent = open(path, 'POST', { 'content-length': `${body.length}` });
    const answer = answerOf(sent);
    sent.end(body);
    return answer;
  };
  const health = async (): Promise<Health> => {
    const { body } = await answerOf(open('/health', 'GET').end());
    return JSON.parse(body.toString());
  };
  const x = Float32Array.from({ length: 1001 }, (_, i) => i / 50 - 10);
  const bytesOf = (array: Float32Array) => Buffer.from(array.buffer);

  it('answers with the bits of the library', async () => {
    const [forward, derivative] = await Promise.all([
      post('/mish', bytesOf(x)),
      post('/mish?op=derivative', bytesOf(x)),
    ]);
    assert.deepEqual([forward.status, derivative.status], [200, 200]);
    assert.ok(forward.body.equals(bytesOf(mish(x))));
    assert.ok(derivative.body.equals(bytesOf(mishDerivative(x))));
  });

  it('refuses what it cannot compute, and says why', async () => {
    const refused: readonly [Promise<Answer>, number, RegExp][] = [
      [
        post('/mish', new Uint8Array(6)),
        400,
        /^body: expected float32, 4 bytes each; got 6 bytes\./,
      ],
      [
        post('/mish?op=cosine', new Uint8Array(4)),
        400,
        /^op: expected forward or derivative; got 'cosine'\./,
      ],
      [post('/mish', new Uint8Array(2 ** 20 + 4)), 413, /expected at most 1048576 bytes/],
      [
        answerOf(open('/mish', 'POST', { 'transfer-encoding': 'chunked' }).end('abcd')),
        411,
        /content-length/,
      ],
      [answerOf(open('/mish', 'GET').end()), 405, /Expected POST\./],
      [answerOf(open('/', 'GET').end()), 404, /\/mish or \/health/],
    ];
    for (const [answer, status, message] of refused) {
      const { status: found, body } = await answer;
      assert.equal(found, status, body.toString());
      assert.match(body.toString(), message);
    }
  });

  it('goes on when a client goes away', async () => {
    const before = await health();
    const sent = open('/mish', 'POST', { 'content-length': '400000' });
    sent.on('error', () => {}); // that is what it does
    await new Promise((resolve) => sent.write(new Uint8Array(200_000), resolve));
    await setTimeout(50); // until it has begun to read
    sent.destroy();
    let after = await health();
    for (let i = 0; i < 100 && after.abandoned === before.abandoned; i++) {
      await setTimeout(20);
      after = await health();
    }
    assert.equal(after.abandoned, before.abandoned + 1);
    assert.equal(after.inFlight, 0);
    assert.equal((await post('/mish', bytesOf(x))).status, 200);
  });

  it(`ends well when it is told to${noSignals}`, async function () {
    if (noSignals) this.skip();
    agent.destroy();
    service.child.kill('SIGTERM');
    assert.equal(await service.ended, 0);
  });

  it('answers /health more often while mishAsync computes than while mish does', () => {
    const { exit, stdout } = runExample('service', '--demo');
    assert.equal(exit, 0);
    const answers = (name: string) =>
      Number(new RegExp(`^${name} +[\\d.]+ ms +(\\d+) +[\\d.]+ ms$`, 'm').exec(stdout)?.[1]);
    assert.ok(answers('mishAsync') > answers('mish'), stdout);
  });

  it('says what is wrong with its arguments', () => {
    const wrong = runExample('service', '--port', 'http');
    assert.equal(wrong.exit, 2);
    assert.equal(wrong.stderr, "--port: expected an integer from 0 to 65535; got 'http'.\n");
    assert.equal(runExample('service', '--prot', '1').exit, 2);
  });
});
