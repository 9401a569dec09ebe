import { BridgeError } from '../../shared/bridge-error.ts';

/**
 * The value of a JSON body; undefined when it is empty. Bytes that are not UTF-8 are refused: read leniently, they would turn a prefix into another.
 * @throws BridgeError permanent `malformed-json`
 */
export function readJsonBody(body: Uint8Array): unknown {
  if (body.byteLength === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8';
    throw new BridgeError({
      kind: 'permanent',
      code: 'malformed-json',
      message: `The body is not JSON: ${why}.`,
      cause,
    });
  }
}
