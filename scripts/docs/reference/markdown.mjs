// TSDoc as Markdown: text with links and code, and what a function takes, returns and throws.

/** What is code although nobody said so. */
const codes = /\b(?:ERR|NODE)_MISH_[A-Z_]*[A-Z]\b/g;

/** Text in which nothing is taken for HTML; what is code already stays as it is. */
const plain = (text) =>
  text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part.replace(codes, (code) => `\`${code}\``).replace(/[<*]/g, '\\$&'),
    )
    .join('');

/** @typedef {(name: string) => string | undefined} Link - the address of a public name */

/** Each paragraph on a line. @param {Link} link */
export function textOf(pieces, link) {
  const text = pieces.map((piece) =>
    typeof piece === 'string' ? plain(piece) : linkOf(piece, link),
  );
  const paragraphs = text
    .join('')
    .trim()
    .split(/\n{2,}/);
  return paragraphs.map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' ')).join('\n\n');
}

function linkOf({ link: name, label }, link) {
  const address = link(name);
  const shown = label || `\`${name}\``;
  return address ? `[${shown}](${address})` : shown;
}

const sentence = (text) => (/[.:?]$/.test(text) ? text : `${text}.`);

/** "as mish", on the entry of mish itself, says nothing. */
const isItself = ({ pieces: [as, link, ...more] }, name) =>
  as === 'as ' && link?.link === name && more.length === 0;

/** @typedef {{ text: string, parameters: string[], outcomes: string[] }} Told - what one comment says */

/** What the comment of one signature says; `name` is of which it is. @returns {Told} */
function toldBy(doc, name, link) {
  const tags = (kind) => doc.tags.filter(({ tag }) => tag === kind);
  const labelled = (label, kind) =>
    tags(kind)
      .filter((tag) => !isItself(tag, name))
      .map(({ pieces }) => sentence(`**${label}** ${textOf(pieces, link)}`));
  const parameters = [...tags('typeParam'), ...tags('param')];
  return {
    text: sentence(textOf(doc.pieces, link)),
    parameters: parameters.map((tag) => sentence(`\`${tag.name}\`: ${textOf(tag.pieces, link)}`)),
    outcomes: [
      ...labelled('Returns', 'returns'),
      ...labelled('Throws', 'throws'),
      ...labelled('Default:', 'defaultValue'),
    ],
  };
}

const list = (items, indent = '') => items.map((item) => `${indent}- ${item}`).join('\n');

/**
 * The comments of a name's signatures as paragraphs: of several, as a list in their order, and after it what all say.
 * @returns {string[]}
 */
export function docsOf(signatures, name, link) {
  const told = signatures.map(({ doc }) => toldBy(doc, name, link));
  if (told.length === 1) {
    const [{ text, parameters, outcomes }] = told;
    return [text, ...(parameters.length > 0 ? [list(parameters)] : []), ...outcomes];
  }
  const isCommon = (outcome) => told.every(({ outcomes }) => outcomes.includes(outcome));
  const items = told.map(({ text, parameters, outcomes }, i) => {
    const own = [...parameters, ...outcomes.filter((outcome) => !isCommon(outcome))];
    return [`${i + 1}. ${text}`, ...(own.length > 0 ? [list(own, '   ')] : [])].join('\n');
  });
  return [items.join('\n'), ...told[0].outcomes.filter(isCommon)];
}

/** The same on one line, as an item of a list. */
export function itemOf(label, signatures, name, link) {
  const told = signatures.map(({ doc }) => toldBy(doc, name, link));
  const texts = told.flatMap(({ text, parameters, outcomes }) => [
    text,
    ...parameters,
    ...outcomes,
  ]);
  return `- ${label}: ${texts.join(' ')}`;
}
