// A key for OSS as JSON, by whichever names its writers give the fields: AWS's Data Transfer Hub (`access_key_id`, `secret_access_key`), Alibaba
// Cloud's metadata service and STS, its CLI, and AWS's credential processes.
// https://github.com/awslabs/data-transfer-hub
// https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance

import { BridgeError } from '../../shared/bridge-error.ts';
import { KEY_TEXT, NO_KEY_TEXT } from '../../shared/secret-place.ts';
import type { OssCredentials } from '../storage/oss-v4-signer.ts';

export interface FoundCredentials {
  readonly credentials: OssCredentials;
  /** Undefined: for as long as nobody replaces them. */
  readonly expiresAt: Date | undefined;
}

/** As they are compared: in lower case, without `_` and `-`. */
const NAMES = {
  accessKeyId: ['accesskeyid'],
  accessKeySecret: ['secretaccesskey', 'accesskeysecret'],
  securityToken: ['securitytoken', 'ststoken', 'sessiontoken'],
  expiration: ['expiration'],
} as const;
const EXAMPLE = '{"access_key_id": "…", "secret_access_key": "…"}';

/**
 * @param from names it in the message: `The secret X`
 * @throws BridgeError permanent `source-credentials`; the message has nothing of the text
 */
export function parseCredentials(text: string, from: string): FoundCredentials {
  const fields = fieldsOf(text, from);
  const find = (names: readonly string[]) => names.map(name => fields.get(name)).find(value => value !== undefined);
  const accessKeyId = find(NAMES.accessKeyId);
  const accessKeySecret = find(NAMES.accessKeySecret);
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    const missing = accessKeyId === undefined ? 'access_key_id' : 'secret_access_key';
    throw unusable(`${from} has no field ${missing}, or an empty one. It must be ${EXAMPLE}.`);
  }
  const securityToken = find(NAMES.securityToken);
  const isKey = [accessKeyId, accessKeySecret, securityToken ?? ''].every(field => KEY_TEXT.test(field));
  if (!isKey) throw unusable(`${from} holds ${NO_KEY_TEXT}.`);
  const expiration = find(NAMES.expiration);
  const expiresAt = expiration === undefined ? undefined : new Date(expiration);
  if (expiresAt !== undefined && Number.isNaN(expiresAt.getTime())) {
    throw unusable(`${from} has an Expiration that is no time; it must look like 2026-01-31T12:00:00Z.`);
  }
  return {
    credentials: { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { securityToken }) },
    expiresAt,
  };
}

function fieldsOf(text: string, from: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(`${from} is not JSON. It must be ${EXAMPLE}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(`${from} is JSON, but no object. It must be ${EXAMPLE}.`);
  }
  return new Map(
    Object.entries(value)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].trim() !== '')
      .map(([name, field]) => [name.toLowerCase().replaceAll(/[_-]/g, ''), field.trim()]),
  );
}

function unusable(message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'source-credentials', message });
}
