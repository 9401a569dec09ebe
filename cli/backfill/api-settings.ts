// Where the bridge's HTTP API answers, and the token for it: from an option, the environment, a file; never from an argument that others see in a
// list of processes.

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
  return read.secret('API_TOKEN', "the worker's API_TOKEN, or API_TOKEN_FILE, a file that holds it").value;
}
