// The pictures of docs/ and README.md, each as the text of its SVG file; all follow the reader's light or dark theme.

import { chartSvg } from '../../build/src/cli/bench/chart.js';
import { plotSvg } from '../../build/src/cli/plot/svg.js';
import { curvesSvg } from '../../examples/train-tfjs/curves.mjs';
import { newest } from './reports.mjs';

const plot = (request) => plotSvg({ theme: 'auto', range: [-6, 4], with: [], ...request });

/** By path: what `node-mish plot` draws, and the charts of reports in bench/results/. */
export function pictures() {
  return new Map([
    ['docs/pictures/mish.svg', plot({ derivatives: 2 })],
    ['docs/pictures/compared.svg', plot({ derivatives: 1, with: ['relu', 'swish', 'gelu'] })],
    ['docs/pictures/performance.svg', chartSvg(newest('bench'))],
    ['docs/pictures/training.svg', curvesSvg(newest('training').tasks)],
  ]);
}
