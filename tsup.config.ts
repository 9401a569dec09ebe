// The deployables, each bundled with all it needs, and the local cloud for containers. `tsup` builds all, `tsup aliyun-fc/index.ts` one
// (`--entry.NAME FILE` for each file where there are several).

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

export default defineConfig(commandLine => {
  const only: readonly string[] = Object.values(commandLine.entry ?? {});
  const configs = [
    functionConfig(commandLine.outDir ?? 'dist/fc'),
    workerConfig(commandLine.outDir ?? 'dist/worker'),
    localConfig(commandLine.outDir ?? 'dist/local'),
  ];
  return configs.filter(({ entry }) => only.length === 0 || Object.values(entry).some(file => only.includes(file)));
});

type Deployable = Options & { readonly entry: Record<string, string> };

/** Function Compute looks for index.js, and its newest managed runtime is Node 20. */
function functionConfig(outDir: string): Deployable {
  return {
    ...SELF_CONTAINED,
    entry: { index: 'aliyun-fc/index.ts' },
    outDir,
    format: 'cjs',
    target: 'node20',
    onSuccess: () => describeBundle(outDir, { type: 'commonjs' }),
  };
}

function workerConfig(outDir: string): Deployable {
  return {
    ...SELF_CONTAINED,
    ...ESM_ON_NODE_24,
    entry: { bridge: 'cli/bridge.ts', healthcheck: 'aws-worker/healthcheck.ts' },
    outDir,
    // A command loads what it needs, and no other command's.
    splitting: true,
    // What is only where the sources are: `bridge local` and `bridge doctor --function` say so when they do not find it.
    noExternal: [/^(?!proxy-agent$|@alicloud\/fc2$|\.\.\/\.\.\/local\/)/],
    external: ['proxy-agent', '@alicloud/fc2', /^\.\.\/\.\.\/local\//],
    onSuccess: async () => {
      await describeBundle(outDir, { type: 'module', version: await packageVersion() });
      await cp('aws-worker/http/dashboard', join(outDir, 'http/dashboard'), { recursive: true });
    },
  };
}

function localConfig(outDir: string): Deployable {
  return {
    ...SELF_CONTAINED,
    ...ESM_ON_NODE_24,
    entry: { serve: 'local/serve.ts' },
    outDir,
    onSuccess: () => describeBundle(outDir, { type: 'module' }),
  };
}

const SELF_CONTAINED = {
  platform: 'node',
  // urllib, below ali-oss, asks for proxy-agent only when a proxy is configured, which we never do; it is not installed.
  noExternal: [/^(?!proxy-agent$)/],
  external: ['proxy-agent'],
  // node:sqlite has no name without the prefix.
  removeNodeProtocol: false,
  splitting: false,
  clean: true,
  minify: false,
  sourcemap: false,
  outExtension: () => ({ js: '.js' }),
} satisfies Options;

/** What CommonJS packages take for granted, for those inside an ESM bundle. */
const COMMONJS_NAMES = [
  "import { createRequire as bridgeCreateRequire } from 'node:module';",
  'const require = bridgeCreateRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

const ESM_ON_NODE_24 = { format: 'esm', target: 'node24', banner: { js: COMMONJS_NAMES } } satisfies Options;

/** A bundle is read the same way wherever it lies: below our own package, which is ESM, or alone in an image. */
async function describeBundle(outDir: string, description: { type: 'commonjs' | 'module'; version?: string }) {
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(description)}\n`);
}

/** What the worker says of itself on its page and in its metrics. */
async function packageVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  return version;
}
