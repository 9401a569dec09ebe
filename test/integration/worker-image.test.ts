// What the image of the worker holds, built as the Dockerfile builds it (`npm run build`): two bundles, `bridge` (in chunks, so that a command
// loads no other command's) and the health check, whose inputs esbuild lists, and nothing that they do not load.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const ENTRIES = ['--entry.bridge', 'cli/bridge.ts', '--entry.healthcheck', 'aws-worker/healthcheck.ts'];
/** esbuild names them for their contents. */
const CHUNK = /^[\w-]+-[A-Z0-9]{8}\.js$/;

/** Asked for and done without: none is installed, and each is inside a `try`, or behind a setting that the worker never makes. */
const NEVER_LOADED: Readonly<Record<string, string>> = {
  'proxy-agent': "urllib's, for a proxy in its settings; ali-oss is given our transport in place of urllib",
  'supports-color': "debug's, to colour a terminal",
  'graceful-fs': "mz's, in place of fs where there is one",
  '../../local/serve-local-cloud.ts': "`bridge local`'s, which says so",
  '@alicloud/fc2': "`bridge doctor --function`'s, which says so",
};
interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
        readonly entryPoint?: string;
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

let folder: string;
let files: readonly string[];
let inputs: readonly string[];
let imports: readonly string[];
let metafile: Metafile;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'worker-image-'));
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js');
  await run(process.execPath, [tsup, ...ENTRIES, '--out-dir', folder, '--silent', '--metafile'], {
    cwd: ROOT,
  });
  metafile = readJson(join(folder, 'metafile-esm.json')) as Metafile;
  rmSync(join(folder, 'metafile-esm.json'));
  const outputs = Object.values(metafile.outputs);
  files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
  inputs = outputs.flatMap(output => Object.keys(output.inputs));
  imports = outputs.flatMap(output => output.imports.filter(({ external }) => external).map(({ path }) => path));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** `node_modules/a/node_modules/@b/c`: where a file's package is installed; undefined for our own. */
function packageOf(file: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

function lastStage(): string {
  return (
    readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? ''
  );
}

describe('the image', () => {
  test('holds two bundles, their version and the page, and no node_modules', () => {
    const page = readdirSync(join(ROOT, 'aws-worker/http/dashboard')).map(name => `http/dashboard/${name}`);
    const whole = files.filter(file => !CHUNK.test(file));
    expect(whole.sort()).toEqual(['bridge.js', 'healthcheck.js', 'package.json', ...page].sort());
  });

  test('runs with nothing beside it', async () => {
    const { version } = readJson(join(ROOT, 'package.json')) as { version: string };
    const asked = await run(process.execPath, ['bridge.js', 'version'], { cwd: folder, env: {} });
    expect(asked).toEqual({ stdout: `oss-s3-bridge ${version}\n`, stderr: '' });
    const started = run(process.execPath, ['bridge.js', 'worker'], { cwd: folder, env: {} });
    await expect(started).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('OSS_BUCKET is missing') });
    const made = run(process.execPath, ['bridge.js', 'init'], { cwd: folder, env: {} });
    await expect(made).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('S3_BUCKET is missing') });
  });

  test('says where the local cloud is, since it has none', async () => {
    const started = run(process.execPath, ['bridge.js', 'local'], { cwd: folder, env: {} });
    await expect(started).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('--profile local up') });
  });

  test('copies the bundles alone into what is published, and runs as nobody special', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    const published = dockerfile.split(/^FROM /m).slice(2);
    expect(published).toHaveLength(2);
    for (const stage of published) {
      expect(stage.match(/^(COPY|ADD) .*/gm)).toEqual([
        expect.stringMatching(/^COPY --from=build \/app\/dist\/\w+ \.\/$/),
      ]);
      expect(stage).toMatch(/^USER node$/m);
      expect(stage).not.toMatch(/npm (ci|i|install)|apt-get|curl|wget/);
    }
  });

  test('of the worker is the program, also by its name, and runs the worker unless told otherwise', () => {
    expect(lastStage()).toContain(`printf '#!/bin/sh\\nexec node /app/bridge.js "$@"\\n' > /usr/local/bin/bridge`);
    expect(lastStage()).toMatch(/^ENTRYPOINT \["node", "bridge\.js"\]\nCMD \["worker"\]$/m);
  });

  test('of the worker is rid of the package managers that the base image brings', () => {
    const worker = lastStage();
    expect(worker).toMatch(/^node:\S+ AS worker$/m);
    expect(worker).toMatch(/^RUN rm -rf \/usr\/local\/lib\/node_modules .*\/usr\/local\/bin\/npm .*\/opt\/yarn\*/m);
  });
});

describe('the bundles', () => {
  test('are made of our own code and of what package.json depends on, directly or not; of no tool of development', () => {
    const { packages } = readJson(join(ROOT, 'package-lock.json')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
    };
    const ours = inputs.filter(file => packageOf(file) === undefined);
    // Of the function's code, what a deployed function is judged by.
    const ofFunction = ['aliyun-fc/config.ts', 'aliyun-fc/forwarded-events.ts', 'aliyun-fc/queue-url.ts'];
    const others = new Set(ours.filter(file => !/^(aws-worker|cli|shared|deploy\/policies)\//.test(file)));
    expect([...others].sort()).toEqual(ofFunction);
    const used = new Set(inputs.flatMap(file => packageOf(file) ?? []));
    expect(used.size).toBeGreaterThan(20);
    const foreign = [...used].filter(path => {
      const locked = packages[path];
      return locked === undefined || locked.dev === true || locked.devOptional === true;
    });
    expect(foreign).toEqual([]);
  });

  test('are made of nothing that the build of the image does not get', () => {
    const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const given = lines.filter(line => line.startsWith('!')).map(line => line.slice(1));
    const ours = inputs.filter(file => packageOf(file) === undefined);
    expect(ours.filter(file => !given.some(path => file === path || file.startsWith(`${path}/`)))).toEqual([]);
  });

  test('have all that package.json depends on', () => {
    const { dependencies } = readJson(join(ROOT, 'package.json')) as { dependencies: Record<string, string> };
    const used = new Set(inputs.map(packageOf));
    const unused = Object.keys(dependencies).filter(name => !used.has(`node_modules/${name}`));
    expect(unused).toEqual([]);
  });

  test('leave to be found at run time what is of Node, and what is never looked for', () => {
    const foreign = new Set(imports.filter(name => !isBuiltin(name)));
    expect([...foreign].sort()).toEqual(Object.keys(NEVER_LOADED).sort());
  });

  test('have nothing of what only `bridge doctor --function` needs, which runs from the sources', () => {
    expect(inputs.filter(file => /node_modules\/(@alicloud|axios)\//.test(file))).toEqual([]);
  });

  test('load commander and our own command line before they know the command, and neither a cloud SDK nor the worker', () => {
    const loaded = loadedWith('bridge.js');
    expect(new Set(loaded.flatMap(file => packageOf(file) ?? []))).toEqual(new Set(['node_modules/commander']));
    expect(loaded.filter(file => packageOf(file) === undefined && !/^(cli|shared)\//.test(file))).toEqual([]);
    expect(loaded).toContain('cli/program.ts');
  });

  test('load no command with the worker', () => {
    const worker = Object.keys(metafile.outputs).find(
      output => metafile.outputs[output]?.entryPoint === 'aws-worker/run-worker.ts',
    );
    const loaded = loadedWith(worker ?? '');
    expect(loaded).toContain('aws-worker/worker.ts');
    expect(loaded.filter(file => file.startsWith('cli/'))).toEqual([]);
  });
});

/** The inputs of an output and of all that it imports in turn, but for what is loaded only when it is needed. */
function loadedWith(name: string): readonly string[] {
  const seen = new Set<string>();
  const follow = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) follow(next);
    }
  };
  const first = Object.keys(metafile.outputs).find(path => path.endsWith(name));
  follow(first ?? '');
  return [...seen].flatMap(path => Object.keys(metafile.outputs[path]?.inputs ?? {}));
}
