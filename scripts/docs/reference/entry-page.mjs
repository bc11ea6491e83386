// The page of one entry point: its exports by group, each with its signatures and what its comments say.
import { examples } from './examples.mjs';
import { anchorOf, headingOf, memberHeadingOf } from './links.mjs';
import { docsOf, itemOf } from './markdown.mjs';

const generated =
  'Made from the declarations and comments of the package by `npm run docs`; not to be edited.';

/** What every page begins with. @returns {string} Markdown */
export function headOf({ title, about }, contents) {
  return [`# ${title}`, about, generated, contents.join('\n')].join('\n\n');
}

const helpersTitle = 'Types that are not exported';
const aboutHelpers = 'Signatures above name these; programs cannot import them.';

/** The groups of the page, with one more for what is only named. */
function groupsOf({ page, entry }) {
  const names = entry.helpers.map(({ name }) => name);
  return names.length > 0 ? { ...page.groups, [helpersTitle]: names } : page.groups;
}

/**
 * @param documented - the page, its entry and all declarations of that
 * @param code - of each signature, as it is shown
 * @param linkFrom - the address of a name on a page, see linksTo
 * @returns {string} Markdown
 */
export function entryPage(documented, code, linkFrom) {
  const { page, declarations } = documented;
  const show = {
    ...{ declarations, code, examples: examplesOf(page, declarations) },
    link: (name) => linkFrom(page.path, name),
  };
  const groups = Object.entries(groupsOf(documented));
  const contents = groups.map(([title, names]) => {
    const links = names.map((name) => `[${name}](${show.link(name)})`);
    return `- [${title}](#${anchorOf(title)}): ${links.join(', ')}`;
  });
  const sections = groups.map(([title, names]) => {
    const about = title === helpersTitle ? aboutHelpers : page.introductions?.[title];
    const parts = names.map((name) => exportOf(find(declarations, name), show));
    return [`## ${title}`, ...(about ? [about] : []), ...parts].join('\n\n');
  });
  return `${[headOf(page, contents), ...sections].join('\n\n')}\n`;
}

/** @throws unless each function has an example, and nothing that is not there has one */
function examplesOf({ title }, declarations) {
  const found = examples[title] ?? {};
  const isFunction = ({ kind }) => kind === 'function';
  const lacking = declarations.filter(isFunction).filter(({ name }) => !found[name]);
  const extra = Object.keys(found).filter((name) => !find(declarations, name));
  const problems = [
    ...lacking.map(({ name }) => `${name} has no example`),
    ...extra.map((name) => `${name} is no export`),
  ];
  if (problems.length === 0) return found;
  throw new Error(`${title}: ${problems.join(', ')}. Change scripts/docs/reference/examples.mjs.`);
}

const find = (declarations, name) => declarations.find((each) => each.name === name);

function exportOf(declaration, show) {
  const { name, kind, signatures } = declaration;
  const members = kind === 'class' ? classMembers : memberList;
  return [
    `### ${headingOf(declaration, show.declarations)}`,
    blockOf(signatures, show),
    ...docsOf(signatures, name, show.link),
    ...(show.examples[name] ? [`\`\`\`js\n${show.examples[name]}\n\`\`\``] : []),
    ...members(declaration, show),
    ...mentioned(declaration, show),
  ].join('\n\n');
}

const blockOf = (signatures, { code }) =>
  ['```ts', ...signatures.map((signature) => code.get(signature)), '```'].join('\n');

function memberList({ name: owner, members }, { link }) {
  const items = members.map(({ name, kind, signatures }) => {
    const label = `\`${name}${kind === 'method' ? '()' : ''}\``;
    return itemOf(label, signatures, `${owner}.${name}`, link);
  });
  return items.length > 0 ? [items.join('\n')] : [];
}

function classMembers(owner, show) {
  const sections = (members) =>
    members.map((member) =>
      [
        `#### ${memberHeadingOf(owner, member)}`,
        blockOf(member.signatures, show),
        ...docsOf(member.signatures, `${owner.name}.${member.name}`, show.link),
        ...mentioned(member, show, [owner.name, ...owner.mentions]),
      ].join('\n\n'),
    );
  const linksOf = (members) => {
    const links = members.map((member) => {
      const heading = memberHeadingOf(owner, member);
      return `[${heading}](#${anchorOf(heading)})`;
    });
    return links.join(', ');
  };
  const ofClass = owner.members.filter(({ isStatic }) => isStatic);
  const ofInstances = owner.members.filter(({ isStatic }) => !isStatic);
  const lists = `- Of the class: ${linksOf(ofClass)}\n- Of its instances: ${linksOf(ofInstances)}`;
  return [lists, ...sections(ofClass), ...sections(ofInstances)];
}

/** Links to the types that a signature names, as a block of code has none; those of `known` are on its heading. */
function mentioned({ name, mentions }, { link }, known = [name]) {
  const links = mentions
    .filter((each) => !known.includes(each) && link(each))
    .map((each) => `[${each}](${link(each)})`);
  return links.length > 0 ? [`Types: ${links.join(', ')}.`] : [];
}
