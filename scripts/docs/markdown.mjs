// Tables in Markdown, and the places in a document where generated text stands:
//
//   <!-- generated:NAME -->      a table or paragraphs, between lines of their own
//   <!-- /generated -->
//   <!-- figure:NAME -->41<!-- /figure -->      a figure in a sentence

/** Columns aligned, as formatters of Markdown have them; all but the first to the right unless `align` is left. */
export function tableText(rows, align = 'right') {
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => row[i].length)));
  const isRight = (i) => i > 0 && align === 'right';
  const pad = (cell, i) => (isRight(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = widths.map((width, i) =>
    isRight(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [head, ...body] = rows.map((row) => line(row.map(pad)));
  return [head, line(rule), ...body].join('\n');
}

const blocks = /(<!-- generated:([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g;
const figures = /(<!-- figure:([\w-]+) -->).*?(<!-- \/figure -->)/g;

/**
 * The document with everything generated made anew.
 * @param contents - by name, a function that makes rows of a table, `{ rows, align }`, or text
 */
export function filled(document, contents) {
  const made = (name) => {
    if (!contents[name]) throw new Error(`nothing generates '${name}'`);
    const content = contents[name]();
    if (typeof content === 'string') return content;
    return Array.isArray(content) ? tableText(content) : tableText(content.rows, content.align);
  };
  return document
    .replace(blocks, (_, begin, name, end) => `${begin}\n${made(name)}\n\n${end}`)
    .replace(figures, (_, begin, name, end) => `${begin}${made(name)}${end}`);
}
