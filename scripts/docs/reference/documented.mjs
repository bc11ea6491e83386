// Whether everything public is documented: each overload of each export and member says what it is, and functions say
// what they take and return.
import { textOf } from './tsdoc.mjs';

/** What lacks documentation, a line each. @param {import('./declarations.mjs').Declaration[]} declarations */
export function undocumented(declarations) {
  return declarations.flatMap((declaration) => [
    ...withoutText(declaration, declaration.name),
    ...(declaration.kind === 'function' ? withoutTags(declaration) : []),
    ...declaration.members.flatMap((member) =>
      withoutText(member, `${declaration.name}.${member.name}`),
    ),
  ]);
}

/** @throws with the list of all that lacks documentation */
export function checkDocumented(declarations) {
  const missing = undocumented(declarations);
  if (missing.length === 0) return;
  throw new Error(`Public, but without TSDoc in src/:\n${missing.join('\n')}`);
}

const hasText = (doc) => doc !== undefined && textOf(doc.pieces).trim() !== '';

const withoutText = ({ signatures }, name) =>
  signatures.flatMap(({ doc }, i) => {
    if (hasText(doc)) return [];
    return [signatures.length > 1 ? `${name}, overload ${i + 1}` : name];
  });

function withoutTags({ name, signatures }) {
  return signatures.flatMap(({ doc, parameters, returnsNothing }, i) => {
    const which = signatures.length > 1 ? `${name}, overload ${i + 1}` : name;
    const has = (tag, of) => doc?.tags.some((each) => each.tag === tag && each.name === of);
    const lost = parameters.filter((parameter) => !has('param', parameter));
    return [
      ...lost.map((parameter) => `${which}: @param ${parameter}`),
      ...(returnsNothing || has('returns') ? [] : [`${which}: @returns`]),
    ];
  });
}
