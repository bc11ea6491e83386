// npm run api: writes what the public types say to api/, one report for each entry point, by API Extractor.
// With --check nothing is written: exits with 1 when they say something else than what is committed there.
//
//   npm run api [-- --check]     after npm run build:ts
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../install-package.mjs';
import { root } from '../root.mjs';

const isCheck = process.argv.includes('--check');

installPackage('test/pack');
const require = createRequire(join(root, 'test', 'pack', 'package.json'));
const { Extractor, ExtractorConfig } = require('@microsoft/api-extractor');

const entryPoints = {
  'node-mish': 'index',
  'node-mish-operators': 'operators',
  'node-mish-tfjs': 'tfjs',
};
/** Which tags a comment lacks is nothing that the report is for. */
const silent = { default: { logLevel: 'none' } };

const configuration = (report, entryPoint, temporary) => ({
  projectFolder: root,
  mainEntryPointFilePath: join(root, 'build', 'src', `${entryPoint}.d.ts`),
  newlineKind: 'lf',
  compiler: {
    overrideTsconfig: {
      compilerOptions: {
        target: 'es2022',
        module: 'nodenext',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        skipLibCheck: true,
      },
      files: [join(root, 'build', 'src', `${entryPoint}.d.ts`)],
    },
  },
  apiReport: {
    enabled: true,
    reportFolder: join(root, 'api'),
    reportTempFolder: temporary,
    reportFileName: `${report}.api.md`,
  },
  docModel: { enabled: false },
  dtsRollup: { enabled: false },
  tsdocMetadata: { enabled: false },
  messages: { extractorMessageReporting: silent, tsdocMessageReporting: silent },
});

/** Lines that only one of them has. */
function differences(before, after) {
  const [old, fresh] = [before, after].map((text) => new Set(text.split('\n')));
  return [
    ...[...old].filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
    ...[...fresh].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ].join('\n');
}

const temporary = mkdtempSync(join(tmpdir(), 'node-mish-api-'));
for (const [report, entryPoint] of Object.entries(entryPoints)) {
  const prepared = ExtractorConfig.prepare({
    configObject: configuration(report, entryPoint, temporary),
    configObjectFullPath: join(root, 'api-extractor.json'), // there is none: paths are relative to it
    packageJsonFullPath: join(root, 'package.json'),
  });
  const messageCallback = (message) => {
    message.handled = !/compiler|TS\d+/.test(`${message.category}${message.messageId}`);
  };
  // Never in its local mode, which would write to api/ in a check too.
  Extractor.invoke(prepared, { localBuild: false, messageCallback });
  const file = join(root, 'api', `${report}.api.md`);
  const found = readFileSync(join(temporary, `${report}.api.md`), 'utf8');
  const committed = isCheck ? readFileSync(file, 'utf8') : '';
  if (!isCheck) writeFileSync(file, found);
  else if (found !== committed) {
    console.error(`The public types of ${entryPoint}.ts have changed, api/${report}.api.md has not:
${differences(committed, found)}
Say so in CHANGELOG.md, run npm run api and commit what it writes.`);
    process.exitCode = 1;
  }
}
rmSync(temporary, { recursive: true });
