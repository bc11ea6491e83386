// Where each public name is documented: headings with anchors that are GitHub's, unique on their page, so that a
// link says the same for good.

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

/** The headings of a page, without what only looks like one in code. @returns {string[]} */
export const headingsIn = (text) =>
  text
    .replace(/^```.*?^```/gms, '')
    .split('\n')
    .filter((line) => /^#+ /.test(line))
    .map((line) => line.replace(/^#+ /, ''));

/** @throws when two headings have one anchor: GitHub numbers those, so that links would depend on their order */
export function checkAnchors(path, text) {
  const anchors = headingsIn(text).map(anchorOf);
  const twice = anchors.filter((anchor, i) => anchors.indexOf(anchor) < i);
  if (twice.length > 0) throw new Error(`${path}: two headings have the anchor #${twice[0]}.`);
}

/** The heading of an export: its name. Two of the package differ by case alone, so there the type's says what it is. */
export function headingOf({ name, kind }, declarations) {
  const isTaken = declarations.some(
    (other) => other.name !== name && other.name.toLowerCase() === name.toLowerCase(),
  );
  return isTaken && (kind === 'interface' || kind === 'type') ? `${name} (${kind})` : name;
}

/** The heading of a class's member: `Tensor.from` of the class, `tensor.read` of its instances. */
export const memberHeadingOf = (owner, { name, isStatic }) =>
  `${isStatic ? owner.name : owner.name.toLowerCase()}${name.startsWith('[') ? '' : '.'}${name}`;

/** What links may name: `mish`, `Tensor.from`, each with its page. */
function targetsOf({ page, declarations }) {
  const targets = new Map();
  for (const declaration of declarations) {
    targets.set(declaration.name, headingOf(declaration, declarations));
    if (declaration.kind !== 'class') continue;
    for (const member of declaration.members) {
      targets.set(`${declaration.name}.${member.name}`, memberHeadingOf(declaration, member));
    }
  }
  return { path: page.path, targets };
}

const fileOf = (path) => path.slice(path.lastIndexOf('/') + 1);

/**
 * The link from a page to a name, of the same page where that has it, else of the first that does; a member of what
 * is no class is on the heading of that. Undefined for what is not public.
 * @returns {(from: string, name: string) => string | undefined}
 */
export function linksTo(documented) {
  const pages = documented.map(targetsOf);
  return (from, name) => {
    const own = pages.filter(({ path }) => path === from);
    for (const known of [name, name.replace(/\..*/, '')]) {
      const page = [...own, ...pages].find(({ targets }) => targets.has(known));
      if (!page) continue;
      const anchor = `#${anchorOf(page.targets.get(known))}`;
      return page.path === from ? anchor : `${fileOf(page.path)}${anchor}`;
    }
    return undefined;
  };
}
