// The reference of the public API as Markdown: a page for each entry point, made from the declarations that ship and
// their comments, and one for the command line. Needs npm run build:ts.
import { root } from '../root.mjs';
import { commandLinePage, commandLineText } from './reference/command-line.mjs';
import { checkDocumented } from './reference/documented.mjs';
import { entriesOf } from './reference/entries.mjs';
import { entryPage } from './reference/entry-page.mjs';
import { formatted } from './reference/format.mjs';
import { checkAnchors, linksTo } from './reference/links.mjs';
import { checkGroups, entryPages } from './reference/pages.mjs';

/**
 * The pages as they are to be.
 * @returns {Promise<Map<string, string>>} Markdown by path from the repository's root
 * @throws for an export in no group, or anything public without documentation
 */
export async function referencePages() {
  const entries = entriesOf(entryPages.map(({ entry }) => `${root}${entry}`));
  const documented = entryPages.map((page, i) => {
    const { exports, helpers } = entries[i];
    checkGroups(page, exports);
    return { page, entry: entries[i], declarations: [...exports, ...helpers] };
  });
  const declarations = documented.flatMap((each) => each.declarations);
  checkDocumented(declarations);
  const code = codeOf(declarations);
  const link = linksTo(documented);
  const pages = documented.map((each) => [each.page.path, entryPage(each, code, link)]);
  const all = new Map([...pages, [commandLinePage.path, await commandLineText()]]);
  for (const [path, text] of all) checkAnchors(path, text);
  return all;
}

/** Each signature as it is shown, by what was read. */
function codeOf(declarations) {
  const shown = declarations.flatMap(({ kind, signatures, members }) => {
    if (kind !== 'class') return signatures.map((each) => ({ each, as: ofExport(kind) }));
    const ofMembers = members.flatMap((member) => member.signatures);
    return [
      ...signatures.map((each) => ({ each, as: ofClass })),
      ...ofMembers.map((each) => ({ each, as: ofMember })),
    ];
  });
  const texts = formatted(shown.map(({ each, as }) => as.wrap(each.code)));
  return new Map(shown.map(({ each, as }, i) => [each, as.unwrap(texts[i])]));
}

const bare = (text) => text.replace(/^export /, '').replace(/^declare /, '');
/** Literals that were spread over lines stay so; in a signature they are short. */
const joined = (text) => text.replace(/\s*\n\s*/g, ' ');
const same = (text) => text;

const ofExport = (kind) => ({
  wrap: (text) => bare(kind === 'function' ? joined(text) : text),
  unwrap: same,
});
/** Its members follow it. */
const ofClass = { wrap: bare, unwrap: (text) => text.replace(/ \{\}$/, '') };
/** Formatted inside of a class, and shown without. */
const ofMember = {
  wrap: (text) => `class Owner {\n${joined(text)}\n}`,
  unwrap: (text) =>
    text
      .split('\n')
      .slice(1, -1)
      .map((line) => line.replace(/^ {2}/, ''))
      .join('\n'),
};
