#!/usr/bin/env node
// Calls the built handler (dist/fc/index.js) as Function Compute does, with events from files, on this machine and against whatever SQS queue the
// environment names. Plain JavaScript for Node 20, the function's own runtime:
//
//   npm run build:fc
//   node --env-file=.env.function aliyun-fc/invoke.js EVENT.json …          - reads standard input
//
// A file holds one event (native or CloudEvents), or one on each line. What a failure destination got is taken too: the event inside is replayed,
// whether the message is as Function Compute wrote it, Base64, or what a client of SMQ printed around it (MessageBody).
// One line of JSON an event on standard output; 0 when all were forwarded, 1 when one was not, 2 when there is nothing to do it with.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const BUNDLE = process.env.FC_BUNDLE ?? fileURLToPath(new URL('../dist/fc/index.js', import.meta.url));
const USAGE = 'usage: node --env-file=.env.function aliyun-fc/invoke.js EVENT.json … (or - for standard input)\n';

process.exitCode = await main(process.argv.slice(2));

/** @param {readonly string[]} files */
async function main(files) {
  if (files.length === 0) return complain(USAGE);
  if (!existsSync(BUNDLE)) return complain(`There is no ${BUNDLE}. Build it: npm run build:fc\n`);
  const missing = files.find(file => file !== '-' && !existsSync(file));
  if (missing !== undefined) return complain(`There is no file ${JSON.stringify(missing)}.\n`);
  const { handler } = createRequire(import.meta.url)(BUNDLE);
  let failed = 0;
  for (const [index, event] of files.flatMap(readEvents).entries()) {
    const context = { requestId: `local-${index + 1}` };
    try {
      const { received, forwarded, ignored } = await handler(Buffer.from(event), context);
      print({ event: index + 1, received, forwarded, ignored });
    } catch (error) {
      failed++;
      print({ event: index + 1, code: error.code ?? error.name, error: error.message });
    }
  }
  return failed === 0 ? 0 : 1;
}

/** The texts of its events. @param {string} file */
function readEvents(file) {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  const lines = text.split('\n').filter(line => line.trim() !== '');
  // One document over many lines is no document on the first.
  const documents = lines.length > 1 && lines.every(line => parse(line) !== undefined) ? lines : [text];
  return documents.map(eventIn);
}

/** Out of whatever is around it; what cannot be read goes on as it is, for the handler to say so. @param {string} text */
function eventIn(text) {
  const document = parse(text) ?? parse(Buffer.from(text, 'base64').toString());
  if (typeof document !== 'object' || document === null) return text;
  const { MessageBody: body, requestPayload: payload } = document.Message ?? document;
  if (typeof body === 'string') return eventIn(body);
  return typeof payload === 'string' ? payload : JSON.stringify(document);
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: another form is tried
  }
}

/** @param {object} line */
function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** @param {string} sentence */
function complain(sentence) {
  process.stderr.write(sentence);
  return 2;
}
