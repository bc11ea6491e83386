// TSDoc comments as plain data: what a comment says and its tags, with the names of links kept apart from the text.
import { SyntaxKind } from 'typescript/unstable/ast';

/** What a reader is told; any other tag fails, as nobody has said how it reads. */
const shown = new Set(['param', 'typeParam', 'returns', 'throws', 'defaultValue']);
/** What only tools are told. */
const silent = new Set(['ts-ignore']);

/**
 * A piece of text, or a link to a name.
 * @typedef {string | { link: string, label: string }} Piece
 * @typedef {{ tag: string, name?: string, pieces: Piece[] }} Tag
 * @typedef {{ pieces: Piece[], tags: Tag[] }} Doc
 */

/** The comment of a declaration; undefined when it has none. @returns {Doc | undefined} */
export function docOf(node) {
  const comment = node.jsDoc?.at(-1);
  if (!comment) return undefined;
  const tags = (comment.tags ?? [])
    .filter((tag) => !silent.has(tag.tagName.text))
    .map((tag) => tagOf(tag, node));
  return { pieces: piecesOf(comment.comment), tags };
}

function tagOf(node, declaration) {
  const tag = node.tagName.text;
  const pieces = piecesOf(node.comment);
  if (!shown.has(tag)) {
    const { fileName } = declaration.getSourceFile();
    const which = `@${tag} ${textOf(pieces)}`.trim();
    throw new Error(`${fileName}: no page shows the tag "${which}". Use one of ${[...shown]}.`);
  }
  if (tag === 'param') return { tag, name: node.name.getText(), pieces: withoutDash(pieces) };
  if (tag === 'typeParam') return typeParameterOf(tag, pieces);
  return { tag, pieces };
}

/** TypeScript knows `@param x - text`, not this tag of TSDoc, whose text begins with the name. */
function typeParameterOf(tag, [first, ...rest]) {
  const [name] = first.split(' ', 1);
  return { tag, name, pieces: withoutDash([first.slice(name.length), ...rest]) };
}

const withoutDash = ([first = '', ...rest]) =>
  typeof first === 'string' ? [first.replace(/^\s*-\s*/, ''), ...rest] : [first, ...rest];

function piecesOf(comment) {
  return (comment ?? []).map((part) => {
    if (part.kind === SyntaxKind.JSDocText) return part.text;
    const link = part.name?.getText() ?? '';
    const label = part.text.replace(/^\s*\|?\s*/, '');
    return { link, label };
  });
}

/** The text as it was written, but for the braces of links. */
export const textOf = (pieces) =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : piece.link)).join('');
