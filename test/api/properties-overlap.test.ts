// Operands that overlap, at random: each call is refused, and then nothing is written, or right. 10,000 cases
// natively, other ones in every run.
import fc from 'fast-check';
import { asyncCalls } from '../support/calls/async-calls.ts';
import { type DeviceName, describeOnEachDevice } from '../support/calls/calls.ts';
import { Placed, type Places } from '../support/calls/placed.ts';
import { type Call, call, type Drawn, drawn, timeoutMs } from '../support/calls/properties.ts';
import { checkMany, same } from '../support/calls/property-checks.ts';
import { assertCode } from '../support/errors.ts';
import type { Elements } from '../support/values/vectors.ts';

/** Places of three inputs and two outputs: in quarters of a length, and perhaps an element more. */
const quarters = fc.array(fc.tuple(fc.nat(6), fc.nat(1)), { minLength: 5, maxLength: 5 });

function isRefused({ op, start }: Drawn, sources: Places, targets: Places): boolean {
  const meet = (a: number, b: number) => start.length > 0 && Math.abs(a - b) < start.length;
  const isWrong = (target: number) => (source: number) =>
    meet(target, source) && (target !== source || op.accumulates === true);
  if (targets.length === 2 && meet(targets[0]!, targets[1]!)) return true;
  return targets.some((target) => sources.some(isWrong(target)));
}

const ways = ['synchronous', 'asynchronous', 'asynchronous, by another object'] as const;
type Way = (typeof ways)[number];

/** What each device can see: to JavaScript two objects are two memories. */
const waysOn = (device: DeviceName): readonly Way[] => (device === 'cpu' ? ways : ways.slice(0, 2));

async function checkWay(each: Drawn, sources: Places, targets: Places, way: Way): Promise<void> {
  const { title, op, options, inputs, start } = each;
  const placed = new Placed(start, [...sources, ...targets], way !== ways[0]);
  for (const target of targets) placed.put(target, start);
  for (const [i, source] of sources.entries()) placed.put(source, inputs[i]!);
  const views = sources.map((source) => placed.at(source));
  const outs = targets.map((at) => (way === ways[2] ? placed.atTwin(at) : placed.at(at)));
  const what = `${title}, at ${sources} to ${targets}, ${way}`;
  const run = way === ways[0] ? op.call : asyncCalls[op.name];
  if (isRefused(each, sources, targets)) {
    const call = async () => run(views, options, outs);
    const error = await call().catch((reason: unknown) => ({ reason }));
    assertCode(
      'ERR_MISH_OVERLAP',
      () => {
        if ('reason' in error) throw error.reason;
      },
      what,
    );
  } else {
    const own = op.accumulates ? [outs[0]!.slice()] : undefined;
    const copies = views.map((view) => view.slice());
    const expected = op.call(copies, options, own) as readonly Elements[];
    same(await run(views, options, outs), expected, what);
    for (const [o, result] of expected.entries()) placed.expect(targets[o]!, result);
  }
  placed.check(what);
}

async function overlapping(
  one: Call,
  at: readonly (readonly [number, number])[],
  device: DeviceName,
): Promise<void> {
  const each = drawn(one, device);
  const { op, start } = each;
  const places = at.map(([quarter, more]) => Math.floor((start.length * quarter) / 4) + more);
  const sources = places.slice(0, op.inputs);
  const targets = places.slice(op.inputs, op.inputs + op.outputs);
  for (const way of waysOn(device)) await checkWay(each, sources, targets, way);
}

describeOnEachDevice('any call on operands that overlap', (device) => {
  it('is refused with nothing written, or right', async function () {
    this.timeout(timeoutMs);
    const cases = fc.tuple(call, quarters);
    await checkMany(cases, device, ([one, at]) => overlapping(one, at, device));
  });
});
