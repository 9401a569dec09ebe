// Runs around the whole suite (vitest.config.ts, globalSetup). At its end it looks for secrets in everything that the run printed, and at what
// the test processes noted of their workers' and their own logs; one finding fails the run. Nothing is exempt: `npm run local` prints its
// environment with secrets on purpose, and so a test that runs it keeps its output to itself.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { findSecrets } from './find-secrets.ts';
import { NOTES_FOLDER, type SecretNote } from './note-secrets.ts';

/** Vitest's global set-up; what it returns runs after the last test, once the summary is printed. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'oss-s3-bridge-secrets-'));
  process.env[NOTES_FOLDER] = folder;
  const printed = (['stdout', 'stderr'] as const).map(name => ({ name, tap: tapOutput(process[name]) }));
  return () => {
    const notes = printed.flatMap(({ name, tap }) => notesOfPrinted(name, tap.end()));
    notes.push(...readNotes(folder));
    rmSync(folder, { recursive: true });
    if (notes.length === 0) return;
    process.exitCode = 1;
    process.stderr.write(`\nSecrets in the output of the tests:\n${notes.map(formatNote).join('')}\n`);
  };
}

interface OutputTap {
  /** Lets go of the stream; returns all that was written, without colours, which may cut a secret in two. */
  end(): string;
}

/** Test processes print through the one that started them, so this sees them all. */
function tapOutput(stream: NodeJS.WriteStream): OutputTap {
  const { write } = stream;
  const chunks: string[] = [];
  const tapped: typeof write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    chunks.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    return Reflect.apply(write, stream, [chunk, ...rest]);
  };
  stream.write = tapped;
  return {
    end() {
      if (stream.write === tapped) stream.write = write;
      return stripVTControlCharacters(chunks.join(''));
    },
  };
}

/** Vitest puts such a line before what a test prints. */
const HEADING = /^\s*std(?:out|err) \| (\S+)/;

function notesOfPrinted(name: string, text: string): SecretNote[] {
  const lines = text.split('\n');
  return findSecrets(text).map(found => {
    const heading = lines.slice(0, found.line).findLast(line => HEADING.test(line));
    const source = HEADING.exec(heading ?? '')?.[1];
    return { ...found, origin: source === undefined ? name : `${name} after ${source}` };
  });
}

function readNotes(folder: string): readonly SecretNote[] {
  const lines = readdirSync(folder).flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'));
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as SecretNote);
}

function formatNote({ origin, line, what, masked }: SecretNote): string {
  return `  ${origin}, line ${line}: ${what}: ${masked.trim()}\n`;
}
