// The page of the command line: what its commands print as help, and what is common to them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from '../../root.mjs';
import { headOf } from './entry-page.mjs';
import { anchorOf } from './links.mjs';

const compiled = `${root}build/src/`;

export const commandLinePage = {
  path: 'docs/reference/command-line.md',
  title: 'The command line',
  about:
    'Every command of `npx node-mish`, as its `--help` prints it, with the exit codes and the environment variables.',
};

const exitCodes = `What fails is told in one line on stderr, \`node-mish: <what and the remedy> (<code>)\`, and with \`--json\` also on stdout, as \`{ "error": { "code", "message" } }\`. [errors.md](../errors.md) says what the codes mean.

- 0: what was asked for was done.
- 1: it failed, \`check\` found a wrong result, or \`doctor\` an environment variable that makes calls fail.
- 2: it was typed wrong: no command, or one that is not known, a flag, an operand.
- 129, 130, 143: \`apply\` was ended by SIGHUP, SIGINT (Ctrl-C) or SIGTERM, and has removed what it had begun to write. A second signal ends it at once.`;

const variables = `Each is read when it is first needed, by the library as by the commands; empty is not set. A wrong value of the first three throws \`ERR_MISH_ARGUMENT\` from whatever needs it, and \`doctor\` tells it.

- \`NODE_MISH_DEVICE\`: the default device, \`js\`, \`cpu\`, \`cuda\`, \`cuda:N\` or \`auto\`; the host without it. See [getDefaultDevice](node-mish.md#getdefaultdevice).
- \`NODE_MISH_THREADS\`: how many threads a large call on the CPU takes at most, 1 to 1024; without it as many as this process may use. See [setThreads](node-mish.md#setthreads).
- \`NODE_MISH_ISA\`: the level of the CPU kernels, \`x86-64-v3\`, \`x86-64-v4\` or \`arm64\`; the best of this CPU without it. For tests.
- \`NODE_MISH_PREBUILD\`: a folder with a \`build/Release\` or \`prebuilds\` of its own, where the addon is looked for after the package has none that loads.
- \`CUDA_VISIBLE_DEVICES\`: which GPUs there are, and in which order, as for every CUDA program; the driver reads it.
- \`NO_COLOR\`, \`NODE_DISABLE_COLORS\`, \`TERM=dumb\`: no colours. There are none either where stdout is no terminal.`;

/** What \`node-mish --help\` prints. */
function generalHelp() {
  const args = [`${compiled}cli.js`, '--help'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node-mish --help failed:\n${stderr}`);
  return stdout.replace(/^node-mish \S+:/, 'node-mish <version>:'); // or the page changed with each release
}

/** The commands, in the order of the general help. */
async function commandsIn(general) {
  const files = readdirSync(`${compiled}cli`).filter((name) => name.endsWith('.js'));
  const modules = await Promise.all(
    files.map((name) => import(pathToFileURL(`${compiled}cli/${name}`).href)),
  );
  const isCommand = (value) => typeof value?.run === 'function' && typeof value.help === 'string';
  const placeOf = ({ summary }) => general.indexOf(summary.split(' ').slice(0, 3).join(' '));
  return modules
    .flatMap((module) => Object.values(module))
    .filter(isCommand)
    .sort((a, b) => placeOf(a) - placeOf(b));
}

const printed = (text) => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;

/** @returns {Promise<string>} Markdown */
export async function commandLineText() {
  const general = generalHelp();
  const sections = [
    ['node-mish', printed(general)],
    ...(await commandsIn(general)).map(({ name, help }) => [`node-mish ${name}`, printed(help)]),
    ['Exit codes', exitCodes],
    ['Environment variables', variables],
  ];
  const contents = sections.map(([title]) => `- [${title}](#${anchorOf(title)})`);
  const texts = sections.map(([title, text]) => `## ${title}\n\n${text}`);
  return `${[headOf(commandLinePage, contents), ...texts].join('\n\n')}\n`;
}
