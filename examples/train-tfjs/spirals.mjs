// Two spirals, one inside the other: the classic toy that no straight line separates. The same in every run.
import * as tf from '@tensorflow/tfjs';

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const turns = 1.25;

/** Points of shape [count, 2] in [-1, 1], and their classes, 0 or 1, of shape [count, 1]. */
export function twoSpirals(count, seed = 1) {
  const random = uniform(seed);
  const [points, classes] = [new Float32Array(2 * count), new Float32Array(count)];
  for (let i = 0; i < count; i++) {
    const radius = Math.sqrt(random());
    const side = i % 2;
    const angle = turns * 2 * Math.PI * radius + side * Math.PI;
    points[2 * i] = radius * Math.cos(angle) + 0.03 * (random() - 0.5);
    points[2 * i + 1] = radius * Math.sin(angle) + 0.03 * (random() - 0.5);
    classes[i] = side;
  }
  return { points: tf.tensor2d(points, [count, 2]), classes: tf.tensor2d(classes, [count, 1]) };
}
