// A request that got no answer, or only a piece of one -> BridgeError.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';

export interface NetworkFailure {
  readonly error: unknown;
  readonly key: string | undefined;
  readonly signal: AbortSignal;
}

/** Certificates do not get better by trying again. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODES = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

/** A BridgeError passes as it is. */
export function translateNetworkError({ error, key, signal }: NetworkFailure): BridgeError {
  if (error instanceof BridgeError) return error;
  if (signal.aborted) return cancelledBy(signal);
  const code = codeOf(error);
  const about = { cause: error, ...(key === undefined ? {} : { key }) };
  if (CERTIFICATE_CODES.test(code)) {
    return new BridgeError({
      kind: 'permanent',
      code: 'source-certificate',
      message: `The certificate of the OSS endpoint is not good (${code}). A custom domain needs its own certificate in OSS; the authority of an intercepting proxy goes into NODE_EXTRA_CA_CERTS.`,
      ...about,
    });
  }
  return new BridgeError({
    kind: 'retryable',
    code: 'source-unreachable',
    message: `No complete answer from OSS (${code}). If it lasts, check OSS_REGION, OSS_ENDPOINT, DNS and the way out of this network.`,
    ...about,
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
