// Who this machine is to each cloud.

import { hasCode } from '../../shared/bridge-error.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';
import { askStsIdentity } from './sts-identity.ts';

export const IDENTITY_ITEMS: readonly DoctorItem[] = [
  { id: 'aws-identity', area: 'Identities', title: 'AWS', needs: ['config'], run: lookAtAwsIdentity },
  { id: 'oss-identity', area: 'Identities', title: 'OSS', needs: ['oss-endpoint'], run: lookAtOssIdentity },
];

async function lookAtAwsIdentity(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { environment, config } = context;
  const endpoint = environment.AWS_ENDPOINT_URL_STS?.trim();
  const isGiven = endpoint !== undefined && endpoint !== '';
  if (!isGiven && !isAws(config.sqs.endpoint ?? config.sqs.queueUrl)) {
    return skipped(
      'Not asked: the queue is not at AWS, so STS would not know the key. AWS_ENDPOINT_URL_STS names another.',
    );
  }
  try {
    const who = await askStsIdentity({ region: config.sqs.region, ...(isGiven ? { endpoint } : {}), signal });
    const source = who.source === undefined ? '' : `, from ${who.source}`;
    const { accountId, arn } = who;
    const expires = who.expiresAt?.toISOString();
    return ok(`${arn}, account ${accountId}${source}.`, {
      facts: { accountId, arn, ...(expires === undefined ? {} : { expiresAt: expires }) },
    });
  } catch (error) {
    if (!hasCode(error, 'identity-unreachable')) throw error;
    return warning(error.message, { code: error.code });
  }
}

/** Also of interface endpoints, and in China. */
function isAws(url: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)$/.test(new URL(url).hostname);
}

/** OSS tells nobody who he is; that it answers a signed request is what can be known. */
async function lookAtOssIdentity({ storage, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  try {
    await storage.listing.list({ prefix: config.oss.prefix, startAfter: '', limit: 1, signal });
  } catch (error) {
    // OSS knew the key and the signature when it said so.
    if (!hasCode(error, 'source-access-denied')) throw error;
  }
  return ok('OSS accepts the access key and its signature.');
}
