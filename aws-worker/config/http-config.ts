// Where the API answers, and whom.

import type { EnvironmentReader } from '../../shared/environment.ts';

const MIN_TOKEN_CHARACTERS = 16;

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly apiToken: string;
}

export function readHttpConfig(read: EnvironmentReader): HttpConfig {
  const place = read.secret(
    'API_TOKEN',
    'the secret that callers of the HTTP API send as `Authorization: Bearer …`; make one with: openssl rand -hex 32',
  );
  const apiToken = place.value;
  if (apiToken !== '' && apiToken.length < MIN_TOKEN_CHARACTERS) {
    read.fault(`${place.name} has fewer than ${MIN_TOKEN_CHARACTERS} characters; make one with: openssl rand -hex 32`);
  }
  return {
    host: read.text('HOST', '127.0.0.1'),
    port: read.integer('PORT', { minimum: 0, maximum: 65_535, fallback: 8080 }),
    apiToken,
  };
}
