// Tables of the contract and of npm run verify:exhaustive for docs/, from its newest report.
import { bounds, productBounds } from '../../build/test/support/values/bounds.js';
import { newest, where } from './reports.mjs';

const verify = newest('verify');

const claims = (ofReference) =>
  verify.claims.filter(({ kernel }) => (kernel === 'reference') === ofReference);

/** What was run, found and allowed, for each kernel. */
function verifyTable() {
  const rows = claims(false).map((claim) => [
    `${claim.kernel} ${claim.claim}`,
    claim.run,
    String(claim.inputs),
    String(claim.misrounded),
    claim.bound === 0 ? '0' : `${Number(claim.maxUlp.toPrecision(9))} ${claim.unit}`,
    claim.at ?? '',
    claim.bound === 0 ? 'the right bits' : `${claim.bound} ${claim.unit}`,
    claim.ok ? 'yes' : 'NO',
  ]);
  const heads = ['kernel', 'run', 'results', 'not the nearest', 'largest error', 'at x', 'bound'];
  return [[...heads, 'holds'], ...rows];
}

function referenceTable() {
  const rows = claims(true).map(({ claim, run, inputs, ok }) => {
    return [claim, run.replace('MPFR: ', ''), String(inputs), ok ? 'yes' : 'NO'];
  });
  return [['reference', 'largest difference', 'points', 'holds'], ...rows];
}

// ---- the contract
/** The bound that the verification holds that claim to, in its unit. */
function boundOf(kernel, claim) {
  const found = verify.claims.find(
    (each) => each.kernel === kernel && each.claim.startsWith(claim),
  );
  return `${found.bound} ${found.unit.replace(" f'", '')}`;
}

const power = (value) => `2<sup>${Math.log2(value)}</sup>`;
const absolutely = ({ within, absolute }) => {
  const distance = within < 1 / 16 && Number.isInteger(1 / within) ? `1/${1 / within}` : within;
  return `; ${power(absolute)} absolute within ${distance} of a root`;
};

/** The bound that npm test holds that device to, in ulp, and beside roots. */
function testedBound(device, dtype, column) {
  const row = bounds.find((each) => {
    return each.device === device && each.dtype === dtype && each.column === column;
  });
  if (row.misrounded === 0) return 'the nearest float';
  return `${row.ulp} ulp${row.besideRoots ? absolutely(row.besideRoots) : ''}`;
}

function contract() {
  const columns = ['f', 'f1', 'f2'];
  const fast = (claim) => {
    const inside = `${claim} in (-2, -0.5]`;
    const [outside, near] = [`${claim} outside`, inside].map((of) => boundOf('float32Fast', of));
    return `${outside}; ${near.replace('1 2^-22', power(2 ** -22))} absolute for x in [-2, -0.5]`;
  };
  const half = 'the nearest value, all 65,536 inputs';
  const js = productBounds.js.float64;
  const rows = [
    ['dtype', 'f', "f'", "f''", "backward, dy f'"],
    [
      'float32',
      ...columns.map((column) => testedBound('cpu', 'float32', column)),
      `${boundOf('float32', 'backward')}: one rounding from double`,
    ],
    [
      'float32, `fast`',
      boundOf('float32Fast', 'f'),
      fast("f'"),
      testedBound('cpu', 'float32', 'f2'),
      `${fast('backward')}, times dy`,
    ],
    ['float16, bfloat16', half, half, half, "dy times float32(f'), rounded once"],
    [
      'float64, native',
      ...['f', "f'"].map((claim, i) => {
        const subnormal = boundOf('float64', `${claim}, subnormal`);
        return `${testedBound('cpu', 'float64', columns[i])}; ${subnormal} where it is subnormal`;
      }),
      testedBound('cpu', 'float64', 'f2'),
      boundOf('float64', 'backward'),
    ],
    [
      'float64, JS',
      ...columns.map((column) => testedBound('js', 'float64', column)),
      `${js.backward} ulp${absolutely(js.first)}`,
    ],
  ];
  return { rows, align: 'left' };
}

export const contents = {
  contract,
  'where-verify': () => where(verify, 'Accuracy'),
  verify: verifyTable,
  reference: referenceTable,
};
