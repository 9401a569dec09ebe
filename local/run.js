// `node local/run.js FILE …`: FILE, if this Node can. One older than 24 cannot even read it (Unknown file extension ".ts"), so what to do has to be said in
// plain JavaScript. Package scripts find the Node that `npm ci` installs; where install scripts are switched off, they find the machine's.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const MIN_NODE_MAJOR = 24;
const { node: version } = process.versions;

if (Number(version.split('.')[0]) < MIN_NODE_MAJOR) {
  process.stderr.write(
    [
      `This needs Node ${MIN_NODE_MAJOR}; here is ${version}.`,
      'Start it with `npm start` or `npm run worker`: `npm ci` installs the right Node beside it.',
      'If that is what you did, install scripts are switched off: run `npm rebuild node --ignore-scripts=false`, then start it again.',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
// FILE finds its own arguments where it would without this one.
process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1] ?? '')).href);
