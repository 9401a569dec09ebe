// Calls to the worker. The token lives in this tab's sessionStorage only; a `#token=…` in the address is taken and removed at once.

const STORAGE_NAME = 'oss-s3-bridge-token';
const TIMEOUT_MILLISECONDS = 15_000;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return false;
  history.replaceState(null, '', location.pathname + location.search);
  if (token !== '') keepToken(token);
  return token !== '';
}

export function keepToken(token) {
  sessionStorage.setItem(STORAGE_NAME, token);
}

export function forgetToken() {
  sessionStorage.removeItem(STORAGE_NAME);
}

export function hasToken() {
  return sessionStorage.getItem(STORAGE_NAME) !== null;
}

/** The answer's JSON. Throws ApiError: with the problem's own words, or with status 0 when nobody answered. */
export async function call(path, { method = 'GET', body, headers = {} } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...headers,
        // As UTF-8 bytes: a header takes one character for each.
        authorization: `Bearer ${bytesAsText(sessionStorage.getItem(STORAGE_NAME) ?? '')}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
  } catch {
    throw new ApiError(0, 'The worker does not answer.');
  }
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(response.status, answer?.detail ?? `The worker answered ${response.status}.`);
  return answer;
}

function bytesAsText(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
