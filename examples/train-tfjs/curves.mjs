// Loss curves of two runs: side by side on the terminal, and as SVG.

const blocks = '▁▂▃▄▅▆▇█';

/** The curve in 40 characters, logarithmic. */
function sparkline(losses, [least, most]) {
  const columns = Math.min(40, losses.length);
  return Array.from({ length: columns }, (_, i) => {
    const loss = losses[Math.round((i * (losses.length - 1)) / Math.max(1, columns - 1))];
    const height = Math.log(loss / least) / Math.log(most / least || 2);
    return blocks[Math.min(7, Math.max(0, Math.floor(8 * height)))];
  }).join('');
}

const rangeOf = (runs) => {
  const all = runs.flatMap(({ losses }) => losses);
  return [Math.min(...all), Math.max(...all)];
};

/** @param runs - of `{ name, losses }`, a loss for each epoch */
export function printCurves(title, runs) {
  const range = rangeOf(runs);
  const width = Math.max(...runs.map(({ name }) => name.length));
  console.log(`\n${title}`);
  for (const { name, losses } of runs) {
    console.log(
      `  ${name.padEnd(width)}  ${sparkline(losses, range)}  ${losses.at(-1).toPrecision(6)}`,
    );
  }
  const epochs = runs[0].losses.length;
  const shown = [...new Set([1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, epochs])].filter(
    (n) => n <= epochs,
  );
  console.log(`  ${'epoch'.padStart(6)}  ${runs.map(({ name }) => name.padStart(12)).join('  ')}`);
  for (const epoch of shown.sort((a, b) => a - b)) {
    const cells = runs.map(({ losses }) => losses[epoch - 1].toPrecision(6).padStart(12));
    console.log(`  ${String(epoch).padStart(6)}  ${cells.join('  ')}`);
  }
}

const dashes = ['', ' stroke-dasharray="6 4"'];
/** Light or dark, as the reader's system is. */
const style = `<style>
text { fill: #1f2328 } .card { fill: #fff } .axis { fill: none; stroke: #7d8590 }
polyline { fill: none; stroke-width: 2 }
polyline.run0 { stroke: #c04a00 } polyline.run1 { stroke: #0067a5 }
text.run0 { fill: #c04a00 } text.run1 { fill: #0067a5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .card { fill: #0d1117 }
polyline.run0 { stroke: #ff9248 } polyline.run1 { stroke: #56b4e9 }
text.run0 { fill: #ff9248 } text.run1 { fill: #56b4e9 }
}
</style>`;
const [panelWidth, panelHeight, margin] = [440, 260, 64];

function panel({ title, runs }, left) {
  const [least, most] = rangeOf(runs);
  const epochs = runs[0].losses.length;
  const x = (epoch) =>
    left + margin + (epoch * (panelWidth - 2 * margin)) / Math.max(1, epochs - 1);
  const height = (loss) => Math.log(loss / least) / Math.log(most / least || 2);
  const y = (loss) => panelHeight - margin - height(loss) * (panelHeight - 2 * margin);
  const text = (at, content, rest = '') =>
    `<text x="${at[0]}" y="${at[1]}" ${rest}>${content}</text>`;
  const curves = runs.map(({ name, losses }, i) => {
    const points = losses.map((loss, epoch) => `${x(epoch).toFixed(1)},${y(loss).toFixed(1)}`);
    const label = [left + panelWidth - margin, margin + 14 * i];
    return `<polyline class="run${i}"${dashes[i]} points="${points.join(' ')}"/>
${text(label, name, `class="run${i}" text-anchor="end"`)}`;
  });
  const bottom = panelHeight - margin;
  return `<path class="axis" d="M${left + margin} ${margin}V${bottom}H${left + panelWidth - margin}"/>
${text([left + panelWidth / 2, 24], title, 'text-anchor="middle" font-weight="bold"')}
${text([left + margin - 6, margin + 4], most.toPrecision(2), 'text-anchor="end"')}
${text([left + margin - 6, bottom + 4], least.toPrecision(2), 'text-anchor="end"')}
${text([left + panelWidth / 2, bottom + 24], `${epochs} epochs; the loss, logarithmic`, 'text-anchor="middle"')}
${curves.join('\n')}`;
}

/** @param tasks - of `{ title, runs }`, a panel for each */
export function curvesSvg(tasks) {
  const width = panelWidth * tasks.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panelHeight}" font-family="sans-serif" font-size="12">
<title>Loss curves: ${tasks.map(({ title }) => title).join('; ')}</title>
${style}
<rect class="card" width="100%" height="100%"/>
${tasks.map((task, i) => panel(task, i * panelWidth)).join('\n')}
</svg>
`;
}
