// Mish and the activations drawn beside it: f, f' and f'' in double precision, right in both tails.
import { mish, mishDerivative } from '../../api/mish.ts';
import { erfc } from './erf.ts';

/** f (0), f' (1) or f'' (2). */
export type DerivativeOrder = 0 | 1 | 2;

type RealFunction = (x: number) => number;

/** A function with its first two derivatives. */
export interface Activation {
  /** As people write its name. */
  readonly label: string;
  /** f, f' and f''. */
  readonly orders: readonly [RealFunction, RealFunction, RealFunction];
}

/** Mish, computed by the package itself. */
export const mishActivation: Activation = {
  label: 'Mish',
  orders: [(x) => mish(x), (x) => mishDerivative(x), (x) => mishDerivative(x, { order: 2 })],
};

/** 1 - sigmoid(x), which loses its digits on the right, is sigmoid(-x). */
const sigmoid: RealFunction = (x) => 1 / (1 + Math.exp(-x));

/** The normal distribution and its density. */
const normal: RealFunction = (x) => erfc(-x * Math.SQRT1_2) / 2;
const density: RealFunction = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** x sigmoid(x), which its two authors named Swish and SiLU. */
const swish: Activation['orders'] = [
  (x) => x * sigmoid(x),
  (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  (x) => sigmoid(x) * sigmoid(-x) * (2 - x * Math.tanh(x / 2)),
];

/** sech(x)^2 by e^-2|x|, which keeps its digits in the tails. */
const sechSquared: RealFunction = (x) => {
  const w = Math.exp(-2 * Math.abs(x));
  return (4 * w) / (1 + w) ** 2;
};

const LEAKY_SLOPE = 0.01;

/** Every name, in the order of the legend. */
export const activationNames = [
  'relu',
  'leaky-relu',
  'swish',
  'silu',
  'gelu',
  'softplus',
  'elu',
  'tanh',
  'sigmoid',
] as const;

/** What an activation is called on the command line. */
export type ActivationName = (typeof activationNames)[number];

/**
 * The activations that Mish can be compared with. Those in two pieces meet at 0, where each
 * derivative has the value of its left piece: for ReLU the usual f'(0) = 0. GELU is the exact one,
 * by erf; ELU's alpha is 1.
 */
export const activations: Readonly<Record<ActivationName, Activation>> = {
  relu: {
    label: 'ReLU',
    orders: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0), () => 0],
  },
  'leaky-relu': {
    label: 'Leaky ReLU',
    orders: [(x) => (x > 0 ? x : LEAKY_SLOPE * x), (x) => (x > 0 ? 1 : LEAKY_SLOPE), () => 0],
  },
  swish: { label: 'Swish', orders: swish },
  silu: { label: 'SiLU', orders: swish },
  gelu: {
    label: 'GELU',
    orders: [
      (x) => x * normal(x),
      (x) => normal(x) + x * density(x),
      (x) => (2 - x * x) * density(x),
    ],
  },
  softplus: {
    label: 'Softplus',
    orders: [
      (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
      sigmoid,
      (x) => sigmoid(x) * sigmoid(-x),
    ],
  },
  elu: {
    label: 'ELU',
    orders: [
      (x) => (x > 0 ? x : Math.expm1(x)),
      (x) => (x > 0 ? 1 : Math.exp(x)),
      (x) => (x > 0 ? 0 : Math.exp(x)),
    ],
  },
  tanh: {
    label: 'tanh',
    orders: [Math.tanh, sechSquared, (x) => -2 * Math.tanh(x) * sechSquared(x)],
  },
  sigmoid: {
    label: 'sigmoid',
    orders: [
      sigmoid,
      (x) => sigmoid(x) * sigmoid(-x),
      (x) => -sigmoid(x) * sigmoid(-x) * Math.tanh(x / 2),
    ],
  },
};
