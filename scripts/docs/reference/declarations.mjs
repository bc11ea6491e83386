// What a package declares to its users: each export of its entry points with its signatures and its TSDoc, as plain
// data, read by TypeScript's own parser from the .d.ts files that ship.
import { SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { docOf } from './tsdoc.mjs';

/**
 * One signature, or a declaration that is none.
 * @typedef {import('./tsdoc.mjs').Doc} Doc
 * @typedef {{ code: string, doc: Doc | undefined, parameters: string[], returnsNothing: boolean }} Signature
 *
 * One name, with a signature for each overload. `mentions` are the types that those name.
 * @typedef {{ name: string, kind: 'property' | 'method', isStatic: boolean, signatures: Signature[],
 *   mentions: string[] }} Member
 *
 * An export. A class's code is its head alone, as its members have their own.
 * @typedef {{ name: string, kind: 'function' | 'const' | 'class' | 'interface' | 'type',
 *   signatures: Signature[], mentions: string[], members: Member[] }} Declaration
 *
 * `helpers` is what signatures name and the package keeps to itself.
 * @typedef {{ exports: Declaration[], helpers: Declaration[] }} Entry
 */

/** What those .d.ts files of one package export. @param files - absolute paths. @returns {Entry[]} in their order */
export function readEntries(files) {
  const api = new API();
  try {
    const paths = files.map((file) => file.replaceAll('\\', '/'));
    const snapshot = api.updateSnapshot({ openFiles: paths });
    const modules = paths.map((path) => moduleOf(snapshot.getDefaultProjectForFile(path), path));
    const known = new Set(modules.flatMap(({ exported }) => exported.flatMap(keysOf)));
    return modules.map(({ project, exported }) => {
      const read = ({ name, nodes }) => declarationOf(name, nodes, project.emitter);
      return {
        exports: exported.map(read),
        helpers: helpersOf(project, exported, new Set(known)).map(read),
      };
    });
  } finally {
    api.close();
  }
}

/** The exports of one file, as nodes. */
function moduleOf(project, path) {
  const { checker, program } = project;
  const symbols = checker.getExportsOfModule(
    checker.getSymbolAtLocation(program.getSourceFile(path)),
  );
  const exported = symbols.map((symbol) => ({
    name: symbol.name,
    nodes: nodesOf(checker, symbol),
  }));
  return { project, exported };
}

/** Two nodes that were fetched at different times are two objects. */
const keyOf = (node) => `${node.getSourceFile().path}:${node.pos}`;
const keysOf = ({ nodes }) => nodes.map(keyOf);

const aliases = [SyntaxKind.ExportSpecifier, SyntaxKind.ImportSpecifier];

/** Where a name is declared, behind imports and re-exports. */
function nodesOf(checker, symbol) {
  const isAlias = symbol.declarations.some(({ kind }) => aliases.includes(kind));
  const declared = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return declared.declarations.map((handle) => handle.resolve());
}

const kinds = {
  [SyntaxKind.FunctionDeclaration]: 'function',
  [SyntaxKind.VariableDeclaration]: 'const',
  [SyntaxKind.ClassDeclaration]: 'class',
  [SyntaxKind.InterfaceDeclaration]: 'interface',
  [SyntaxKind.TypeAliasDeclaration]: 'type',
};

// ---------------------------------------------------------------- one declaration

/** @returns {Declaration} */
function declarationOf(name, declared, emitter) {
  const kind = kinds[declared[0].kind];
  if (!kind) throw new Error(`${name}: no page shows a ${SyntaxKind[declared[0].kind]}.`);
  // A variable's comment is that of its whole statement.
  const nodes = declared.map((node) => (kind === 'const' ? node.parent.parent : node));
  const print = kind === 'class' ? headOf : (node) => emitter.printNode(node);
  const literal = kind === 'type' ? literalOf(nodes[0]) : undefined;
  return {
    name,
    kind,
    signatures: nodes.map((node) => signatureOf(node, print)),
    mentions: mentionsOf(kind === 'class' ? headNodesOf(nodes[0]) : nodes),
    members: membersOf(literal?.members ?? nodes[0].members ?? [], emitter),
  };
}

/** @returns {Signature} */
function signatureOf(node, print) {
  const parameters = (node.parameters ?? []).map((parameter) => parameter.name.getText());
  const returnsNothing = node.type === undefined || node.type.kind === SyntaxKind.VoidKeyword;
  return { code: print(node), doc: docOf(node), parameters, returnsNothing };
}

const headOf = (node) => `${node.getSourceFile().text.slice(node.getStart(), node.members.pos)}}`;

const headNodesOf = ({ typeParameters = [], heritageClauses = [] }) => [
  ...typeParameters,
  ...heritageClauses,
];

/** The literal with a type's members, where it has one, alone or as a part of an intersection. */
function literalOf({ type }) {
  const parts = type?.kind === SyntaxKind.IntersectionType ? type.types : [type];
  return parts.find((part) => part?.kind === SyntaxKind.TypeLiteral);
}

const hidden = new Set([SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword]);
const isHidden = ({ modifiers = [] }) => modifiers.some(({ kind }) => hidden.has(kind));

const isPublic = (node) =>
  node.name !== undefined && node.name.kind !== SyntaxKind.PrivateIdentifier && !isHidden(node);

const methods = [SyntaxKind.MethodDeclaration, SyntaxKind.MethodSignature];

/** Overloads together, in the order of their first. @returns {Member[]} */
function membersOf(nodes, emitter) {
  const overloads = new Map();
  for (const node of nodes.filter(isPublic)) {
    const isStatic = (node.modifiers ?? []).some(({ kind }) => kind === SyntaxKind.StaticKeyword);
    const key = `${isStatic} ${node.name.getText()}`;
    overloads.set(key, [...(overloads.get(key) ?? []), node]);
  }
  return [...overloads].map(([key, declared]) => ({
    name: declared[0].name.getText(),
    kind: methods.includes(declared[0].kind) ? 'method' : 'property',
    isStatic: key.startsWith('true'),
    signatures: declared.map((node) => signatureOf(node, (each) => emitter.printNode(each))),
    mentions: mentionsOf(declared),
  }));
}

// ---------------------------------------------------------------- what signatures name

/** The names of types in a declaration, but for those in what only the package sees. */
function namesIn(node, found = []) {
  if (node.kind === SyntaxKind.TypeReference) found.push(node.typeName);
  if (node.kind === SyntaxKind.ExpressionWithTypeArguments) found.push(node.expression);
  node.forEachChild((child) => {
    if (!isHidden(child)) namesIn(child, found);
  });
  return found;
}

const mentionsOf = (nodes) => [
  ...new Set(nodes.flatMap((node) => namesIn(node)).map((name) => name.getText())),
];

/** The types that exported declarations name, and theirs, of which no entry point is in `known`. */
function helpersOf({ checker, program }, exported, known) {
  const helpers = [];
  const pending = exported.flatMap(({ nodes }) => nodes);
  while (pending.length > 0) {
    for (const symbol of checker.getSymbolAtLocation(namesIn(pending.pop()))) {
      const nodes = symbol ? nodesOf(checker, symbol) : [];
      if (!kinds[nodes[0]?.kind] || isForeign(program, nodes[0])) continue;
      if (nodes.some((node) => known.has(keyOf(node)))) continue;
      known.add(keyOf(nodes[0]));
      helpers.push({ name: symbol.name, nodes });
      pending.push(...nodes);
    }
  }
  return helpers;
}

/** Of TypeScript's libraries or another package. */
function isForeign(program, node) {
  const file = node.getSourceFile();
  return program.isSourceFileDefaultLibrary(file) || program.isSourceFileFromExternalLibrary(file);
}
