// The key that reads OSS: where it comes from, and until when it is good. Looked up as the worker looks it up; nothing of the key itself is told.

import type { OssCredentialSource } from '../../aws-worker/config/oss-credential-source.ts';
import { OSS_KEY } from '../../aws-worker/connect-oss-credentials.ts';
import type { FoundCredentials } from '../../aws-worker/credentials/credentials-json.ts';
import { lifetimeOf } from '../../aws-worker/credentials/renew.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, warning } from './finding.ts';

export const OSS_KEY_ITEMS: readonly DoctorItem[] = [
  // A command may take a minute, and then says itself that it did not end.
  { id: 'oss-key', area: 'Settings', title: 'key for OSS', needs: ['config'], limitSeconds: 70, run: lookAtKey },
];

async function lookAtKey({ config, seams, ossKey }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { credentials: source } = config.oss;
  const found = await ossKey(signal);
  lifetimeOf(found.expiresAt, { ...OSS_KEY, now: new Date(seams.now()) });
  return judgeKey(source, found);
}

export function judgeKey(source: OssCredentialSource, { credentials, expiresAt }: FoundCredentials): Finding {
  const { place, kind } = nameSource(source);
  const isTemporary = credentials.securityToken !== undefined;
  const facts = {
    source: kind,
    isTemporary,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
  const text = `From ${place}; ${isTemporary ? 'temporary' : 'a lasting key'}`;
  if (expiresAt !== undefined) {
    return ok(`${text}, until ${expiresAt.toISOString()}. The worker asks for the next one before.`, { facts });
  }
  if (!isTemporary || kind !== 'environment') return ok(`${text}.`, { facts });
  return warning(`${text}, and nothing renews it: when its token expires, nothing is copied any more.`, {
    advice: [
      'OSS_CREDENTIALS_URL and OSS_CREDENTIALS_COMMAND are asked again before a key ends, files are read again.',
    ],
    facts,
  });
}

/** The place in words, without what may hold a secret: a URL's path and query, a command. */
function nameSource(source: OssCredentialSource): { readonly place: string; readonly kind: string } {
  switch (source.kind) {
    case 'fields': {
      const places = [source.accessKeyId, source.accessKeySecret, source.securityToken].flatMap(place => place ?? []);
      const hasFile = places.some(({ path }) => path !== undefined);
      const names = places.map(({ name }) => name).join(', ');
      return { place: hasFile ? `the files of ${names}` : names, kind: hasFile ? 'files' : 'environment' };
    }
    case 'secrets-manager':
      return { place: `the secret ${source.secretId} in Secrets Manager, ${source.region}`, kind: source.kind };
    case 'ssm':
      return { place: `the parameter ${source.parameterName} in Systems Manager, ${source.region}`, kind: source.kind };
    case 'url':
      return { place: `OSS_CREDENTIALS_URL (${source.url.host})`, kind: source.kind };
    case 'command':
      return { place: 'what OSS_CREDENTIALS_COMMAND prints', kind: source.kind };
  }
}
