// The process of one ISA level: is sent a plan, sends back each series, and ends.
import { measure, type Plan } from './measure.ts';

process.once('message', async (plan) => {
  for (const points of measure(plan as Plan)) {
    await new Promise((resolve) => process.send!(points, resolve));
  }
  process.disconnect();
});
