// What holds for each file by itself.

import type { SourceFacts } from './source-facts.ts';

/** Tests are long tables more often than long thoughts; for them it is a matter of review. */
const MAX_LINES = 300;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.ts$/;
const FOLDER = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const READS_ENVIRONMENT =
  /^(aws-worker\/(main|healthcheck)\.ts|cli\/bridge\.ts|aliyun-fc\/index\.ts|deploy\/aws\/(app\.ts|test\/.*)|(local|bench|test)\/.*|[^/]+\.config\.ts)$/;
/** Tools ask for it; types of a package that is not ours say what it exports. */
const MAY_HAVE_DEFAULT_EXPORT = /\.(config|d)\.ts$/;
/** In a comment: after its beginning on the same line, or on a line that goes on with one. */
const UNNUMBERED_TODO = /(\/\/|\/[*]|^\s*[*]).*\b(TODO|FIXME)\b(?!.*#\d)/m;
/** `bridge.ts` hands the others what they need of it. */
const KNOWS_NO_PROCESS = /^cli\/(?!bridge\.ts$)/;
const RUNS_ON_NODE_20 = /^(aliyun-fc|shared)\//;
const IS_TEST = /^(deploy\/aws\/)?test\//;

/**
 * What Node 20 does not have, as far as names tell: `left.right`, or `.right` for any left. Language features that are newer are refused
 * by tsconfig's `lib`. https://nodejs.org/docs/latest-v20.x/api/
 */
const NEWER_THAN_NODE_20 = new Set([
  'Promise.withResolvers',
  'Promise.try',
  'Array.fromAsync',
  'Object.groupBy',
  'Map.groupBy',
  'Iterator.from',
  'RegExp.escape',
  'Error.isError',
  'Uint8Array.fromBase64',
  'Uint8Array.fromHex',
  'import.meta.main',
  'process.getBuiltinModule',
  'fs.glob',
  '.toBase64',
  '.toHex',
  '.isSubsetOf',
  '.isSupersetOf',
  '.isDisjointFrom',
  '.symmetricDifference',
]);
const MODULES_NEWER_THAN_NODE_20 = new Set(['node:sqlite']);

/** One sentence for each rule that the file breaks. */
export function fileFaults(file: SourceFacts): readonly string[] {
  const { path, accesses, imports } = file;
  const readsEnvironment = accesses.has('process.env') || imports.some(({ target }) => target === 'node:process');
  const faults = {
    'must be named in kebab-case': !isKebabCase(path),
    'must not have a default export': file.hasDefaultExport && !MAY_HAVE_DEFAULT_EXPORT.test(path),
    [`must be split: it has ${file.lines} lines, ${MAX_LINES} are allowed`]:
      file.lines > MAX_LINES && !IS_TEST.test(path),
    'must get the environment from a composition root': readsEnvironment && !READS_ENVIRONMENT.test(path),
    'must get what it needs of the process passed in':
      KNOWS_NO_PROCESS.test(path) && [...accesses].some(access => access.startsWith('process.')),
    'must name the issue of each TODO': UNNUMBERED_TODO.test(file.text),
  };
  const broken = Object.entries(faults).flatMap(([fault, isBroken]) => (isBroken ? [`${path} ${fault}`] : []));
  const newer = RUNS_ON_NODE_20.test(path) ? newerThanNode20(file) : [];
  return [...broken, ...newer.map(name => `${path} must run on Node 20, which has no ${name}`)];
}

function isKebabCase(path: string): boolean {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  return NAME.test(name) && folders.every(folder => FOLDER.test(folder));
}

function newerThanNode20({ accesses, imports }: SourceFacts): readonly string[] {
  const names = [...accesses].filter(access => {
    return NEWER_THAN_NODE_20.has(access) || NEWER_THAN_NODE_20.has(access.slice(access.lastIndexOf('.')));
  });
  const modules = imports.map(({ target }) => target).filter(target => MODULES_NEWER_THAN_NODE_20.has(target));
  return [...names, ...modules];
}
