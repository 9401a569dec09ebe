import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { BridgeError } from '../shared/bridge-error.ts';

export const START_USAGE = `npm start [-- OPTIONS]      the whole product on this machine, with local stand-ins for OSS, Function Compute, SQS and S3

  --source DIR         your files: DIR is the OSS bucket, read in place; files that you add or change follow within seconds
  --destination DIR    where the S3 bucket's objects appear as files (made when missing)
                       without both: a demo bucket of a few thousand objects, under live traffic
  --once               ends after the report, with exit code 1 if anything is amiss
  --port PORT          of the worker's API and page (default 8080, or a free one)
  --help`;

export interface StartOptions {
  readonly folders: { readonly source: string; readonly destination: string } | undefined;
  readonly isOnce: boolean;
  readonly port: number | undefined;
  readonly wantsHelp: boolean;
}

/** @throws BridgeError permanent `invalid-arguments`, in words for the terminal */
export function readStartOptions(args: readonly string[]): StartOptions {
  const { source, destination, once, port, help } = parse(args);
  if ((source === undefined) !== (destination === undefined)) throw refuse('--source and --destination go together.');
  return {
    folders: source === undefined || destination === undefined ? undefined : checkFolders(source, destination),
    isOnce: once ?? false,
    port: port === undefined ? undefined : checkPort(port),
    wantsHelp: help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        source: { type: 'string' },
        destination: { type: 'string' },
        once: { type: 'boolean' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause));
  }
}

function checkFolders(source: string, destination: string): { source: string; destination: string } {
  if (!existsSync(source) || !statSync(source).isDirectory()) throw refuse(`--source ${source} is not a folder.`);
  mkdirSync(destination, { recursive: true });
  const folders = { source: realpathSync(resolve(source)), destination: realpathSync(resolve(destination)) };
  const contains = (outer: string, inner: string) =>
    `${inner}${sep}`.startsWith(outer === sep ? sep : `${outer}${sep}`);
  if (contains(folders.source, folders.destination) || contains(folders.destination, folders.source)) {
    throw refuse('--source and --destination must not lie in one another.');
  }
  return folders;
}

function checkPort(port: string): number {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN;
  if (number >= 1 && number <= 65_535) return number;
  throw refuse(`--port ${port} is not a port.`);
}

function refuse(message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'invalid-arguments', message: `${message}\n\n${START_USAGE}` });
}
