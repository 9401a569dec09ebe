// S3_ROLE_ARN: that the worker may assume it, and who it is then. All items of S3 look through it, as the worker does.

import { assumeRole } from '../../aws-worker/credentials/sts-role.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';
import { askStsIdentity } from './sts-identity.ts';

export const S3_ROLE_ITEMS: readonly DoctorItem[] = [
  { id: 's3-role', area: 'Identities', title: 'role for S3', needs: ['aws-identity'], run: lookAtRole },
];

async function lookAtRole({ environment, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { role } = config.s3;
  if (role === undefined) return skipped('S3_ROLE_ARN is not set: S3 is asked with the identity above.');
  const { expiration, ...credentials } = await assumeRole(role, signal);
  const endpoint = environment.AWS_ENDPOINT_URL_STS?.trim();
  const until = `until ${expiration.toISOString()}; the worker assumes it again before`;
  const externalId = role.externalId === undefined ? '' : ', with its external id';
  try {
    const where = { region: role.stsRegion, ...(endpoint ? { endpoint } : {}) };
    const { accountId, arn } = await askStsIdentity({ ...where, credentials, signal });
    const facts = { accountId, arn, expiresAt: expiration.toISOString() };
    return ok(`${arn}, account ${accountId}${externalId}, ${until}.`, { facts });
  } catch (error) {
    if (!hasCode(error, 'identity-unreachable')) throw error;
    return warning(`${role.arn} was assumed${externalId}, ${until}. ${error.message}`, { code: error.code });
  }
}
