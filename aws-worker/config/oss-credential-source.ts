// Where the key that reads OSS comes from: exactly one of the environment or files, a secret of AWS, a URL, a command.

import type { EnvironmentReader } from '../../shared/environment.ts';
import { KEY_TEXT, NO_KEY_TEXT, type SecretPlace } from '../../shared/secret-place.ts';
import { isOfOwnNetwork } from './own-network.ts';

export type OssCredentialSource =
  /** Each in the environment, or in a file that is read again when it may have been replaced. */
  | {
      readonly kind: 'fields';
      readonly accessKeyId: SecretPlace;
      readonly accessKeySecret: SecretPlace;
      readonly securityToken: SecretPlace | undefined;
    }
  | OssSecretSource
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'command'; readonly command: string };

/** Of AWS; `region` is where it is asked for. */
export type OssSecretSource =
  | { readonly kind: 'secrets-manager'; readonly secretId: string; readonly region: string }
  | { readonly kind: 'ssm'; readonly parameterName: string; readonly region: string };

const FIELDS = ['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET', 'OSS_SECURITY_TOKEN'] as const;
const OTHERS = ['OSS_SECRET_ID', 'OSS_CREDENTIALS_URL', 'OSS_CREDENTIALS_COMMAND'] as const;

export function readOssCredentialSource(read: EnvironmentReader): OssCredentialSource {
  const others = OTHERS.filter(name => read.optional(name) !== undefined);
  const fields = FIELDS.flatMap(name => [name, `${name}_FILE`]).filter(name => read.optional(name) !== undefined);
  const given = [...fields.slice(0, 1), ...others];
  if (given.length > 1) {
    read.fault(`${given.join(' and ')} are set, and each says where the key for OSS comes from: keep one of them.`);
  }
  const secret = readOssSecret(read);
  if (secret !== undefined) return secret;
  const url = read.url('OSS_CREDENTIALS_URL');
  if (url !== undefined) {
    if (url.protocol !== 'https:' && !isOfOwnNetwork(url.hostname)) {
      read.fault(
        'OSS_CREDENTIALS_URL leaves your network without TLS: use https, or a host on this machine or network.',
      );
    }
    return { kind: 'url', url };
  }
  const command = read.optional('OSS_CREDENTIALS_COMMAND');
  if (command !== undefined) return { kind: 'command', command };
  return {
    kind: 'fields',
    accessKeyId: asKey(
      read,
      read.secret('OSS_ACCESS_KEY_ID', 'the access key of the RAM user that reads the OSS bucket'),
    ),
    accessKeySecret: asKey(read, read.secret('OSS_ACCESS_KEY_SECRET', "that RAM user's secret")),
    securityToken: asKey(read, read.optionalSecret('OSS_SECURITY_TOKEN')),
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html#iam-resources, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const ARN = /^arn:[a-z-]+:(secretsmanager|ssm):([a-z0-9-]+):\d{12}:(?:secret:|parameter\/).+$/;
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
const PARAMETER_NAME = /^[\w./-]{1,1011}$/;

/** OSS_SECRET_ID: a secret's name or ARN, or `ssm:` and a parameter's name, or a parameter's ARN. Another region than the worker's only by ARN. */
export function readOssSecret(read: EnvironmentReader): OssSecretSource | undefined {
  const secretId = read.optional('OSS_SECRET_ID');
  if (secretId === undefined) return undefined;
  const [, service, region = read.text('AWS_REGION', '')] = ARN.exec(secretId) ?? [];
  if (service === 'ssm') return { kind: 'ssm', parameterName: secretId, region };
  if (service === 'secretsmanager') return { kind: 'secrets-manager', secretId, region };
  const parameterName = /^ssm:(.+)$/.exec(secretId)?.[1];
  if (parameterName !== undefined && PARAMETER_NAME.test(parameterName)) return { kind: 'ssm', parameterName, region };
  if (!SECRET_NAME.test(secretId)) {
    // Not shown: what is no name may be the secret itself, as ECS injects it.
    const isSecret = secretId.startsWith('{')
      ? 'is the secret itself, not its name'
      : 'has characters that no name has';
    read.fault(
      `OSS_SECRET_ID ${isSecret}; it must be the name or ARN of a secret in Secrets Manager, or ssm: and the name of a parameter.`,
    );
  }
  return { kind: 'secrets-manager', secretId, region };
}

function asKey<Place extends SecretPlace | undefined>(read: EnvironmentReader, place: Place): Place {
  if (place !== undefined && !KEY_TEXT.test(place.value)) read.fault(`${place.name} holds ${NO_KEY_TEXT}.`);
  return place;
}
