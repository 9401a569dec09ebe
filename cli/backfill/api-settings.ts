// Where the bridge's HTTP API answers, and the token for it: from an option, the environment, a file; never from an argument that others see in a
// list of processes.

import { readFileSync } from 'node:fs';
import { type Environment, EnvironmentReader } from '../../shared/environment.ts';

const DEFAULT_PORT = 8080;

export interface ApiSettings {
  /** Its path ends in a slash. */
  readonly url: URL;
  readonly token: string;
}

export interface ApiOptions {
  readonly url?: string;
}

/** @throws BridgeError permanent `invalid-configuration`, listing every fault */
export function readApiSettings(environment: Environment, options: ApiOptions): ApiSettings {
  const given = options.url === undefined ? environment : { ...environment, '--url': options.url };
  const read = new EnvironmentReader(given);
  const name = options.url === undefined ? 'BRIDGE_URL' : '--url';
  const url = read.url(name) ?? defaultUrl(read);
  if (url.search !== '' || url.hash !== '') read.fault(`${name} must end with the path, without ? and #.`);
  const token = readToken(read);
  read.throwFaults();
  return { url: new URL(url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`, url), token };
}

function defaultUrl(read: EnvironmentReader): URL {
  const port = read.integer('PORT', { minimum: 1, maximum: 65_535, fallback: DEFAULT_PORT });
  return new URL(`http://127.0.0.1:${port}`);
}

function readToken(read: EnvironmentReader): string {
  const file = read.optional('API_TOKEN_FILE');
  if (file === undefined) {
    const purpose = "the worker's API_TOKEN, or API_TOKEN_FILE, the path of a file that holds it";
    return withoutLineBreaks(read, 'API_TOKEN', read.required('API_TOKEN', purpose));
  }
  if (read.optional('API_TOKEN') !== undefined) read.fault('API_TOKEN and API_TOKEN_FILE are both set. Keep one.');
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token === '') read.fault(`API_TOKEN_FILE is ${file}, which is empty.`);
    return withoutLineBreaks(read, 'API_TOKEN_FILE', token);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    read.fault(`API_TOKEN_FILE is ${file}, which cannot be read (${code}).`);
    return '';
  }
}

/** No header could carry it, and the complaint about that would show it. */
function withoutLineBreaks(read: EnvironmentReader, name: string, token: string): string {
  if (/[\u0000-\u001f\u007f]/.test(token))
    read.fault(`${name} has a line break or a control character within the token.`);
  return token;
}
