// The destination, with the worker's own probes (aws-worker/storage/s3-probe.ts): each writes on a key of its own below S3_PREFIX and removes it.

import type { S3Destination } from '../../aws-worker/storage/s3-destination.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import { collectWarnings } from './collect-warnings.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, okUnless, problem, skipped, warning } from './finding.ts';

export const S3_ITEMS: readonly DoctorItem[] = [
  { id: 's3-bucket', area: 'S3', title: 'bucket', needs: ['s3-role'], run: lookAtBucket },
  { id: 's3-ownership', area: 'S3', title: 'ownership, ACL', needs: ['s3-bucket'], run: lookAtOwnership },
  { id: 's3-write', area: 'S3', title: 'write', needs: ['s3-bucket'], run: lookAtWriting },
  { id: 's3-multipart', area: 'S3', title: 'multipart', needs: ['s3-write'], run: lookAtMultipart },
  { id: 's3-tags', area: 'S3', title: 'tags', needs: ['s3-write'], run: lookAtTags },
  { id: 's3-lifecycle', area: 'S3', title: 'abandoned uploads', needs: ['s3-bucket'], run: lookAtLifecycle },
];

async function lookAtBucket({ storage, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  await storage.destination.bucketSettings.list({ signal });
  return ok(`${config.s3.bucket} in ${config.s3.region} is there and can be listed.`);
}

async function lookAtOwnership({ storage, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { acl } = config.s3;
  try {
    return judgeOwnership(await storage.destination.bucketSettings.ownership({ signal }), acl);
  } catch (error) {
    if (hasCode(error, 'destination-not-supported')) return skipped('This server knows no ownership controls.');
    if (!hasCode(error, 'destination-access-denied')) throw error;
    return skipped(
      'Not allowed to look: s3:GetBucketOwnershipControls, which only this line needs. That S3 accepts what S3_ACL says, the line about writing shows.',
    );
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
export function judgeOwnership(ownership: string, acl: string | undefined): Finding {
  const facts = { ownership, ...(acl === undefined ? {} : { acl }) };
  const isEnforced = ownership === 'BucketOwnerEnforced';
  if (isEnforced && acl !== undefined && acl !== 'bucket-owner-full-control') {
    return problem(`The bucket has ACLs disabled (BucketOwnerEnforced), and S3_ACL is ${acl}, which S3 refuses then.`, {
      advice: ['Remove S3_ACL from .env.'],
      code: 'acl-not-supported',
      facts,
    });
  }
  if (isEnforced) return ok('ACLs are disabled; the bucket owner owns all objects.', { facts });
  if (acl === 'bucket-owner-full-control') return ok(`${ownership}, with S3_ACL=${acl}.`, { facts });
  return ok(`${ownership}: objects belong to who writes them.`, {
    advice: [
      'If the bucket is of another account, set S3_ACL=bucket-owner-full-control, or its owner cannot read them.',
    ],
    facts,
  });
}

async function lookAtWriting(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { storageClass, encryption, kmsKeyId, isBucketKeyUsed, acl, isRequesterPaying } = context.config.s3;
  const settings = {
    S3_STORAGE_CLASS: storageClass,
    S3_ENCRYPTION: encryption,
    S3_KMS_KEY_ID: kmsKeyId,
    S3_BUCKET_KEY: isBucketKeyUsed,
    S3_ACL: acl,
    S3_REQUESTER_PAYS: isRequesterPaying || undefined,
  };
  const given = Object.entries(settings)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join(', ');
  return await probing(context, destination => destination.probe({ signal }), {
    text: `Put, conditions, checksums, metadata, parts, abort and delete work${given === '' ? '' : ` (with ${given})`}.`,
  });
}

async function lookAtMultipart(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  return await probing(context, destination => destination.furtherProbes.completion({ signal }), {
    text: 'An upload was completed with the CRC-32 of its part and of the whole, and deleted.',
  });
}

async function lookAtTags(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  if (!context.config.copyTags) return skipped('COPY_TAGS is not set.');
  return await probing(context, destination => destination.furtherProbes.tags({ signal }), {
    text: 'Objects can be put with tags.',
  });
}

/** A destination of its own: what it warns of (a probe that stays) belongs to this line. */
async function probing(
  { openStorage }: DoctorContext,
  probe: (destination: S3Destination) => Promise<void>,
  { text }: { readonly text: string },
): Promise<Finding> {
  const { log, warnings } = collectWarnings();
  const storage = openStorage({ log });
  try {
    await probe(storage.destination);
    return okUnless(warnings, text);
  } finally {
    await storage.close();
  }
}

const LIFECYCLE_COMMAND =
  'aws s3api put-bucket-lifecycle-configuration --bucket $S3_BUCKET --lifecycle-configuration "$(deploy/policies/fill.sh aws-bucket-lifecycle.json)"';

async function lookAtLifecycle({ storage, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  try {
    const expiries = await storage.destination.bucketSettings.uploadExpiries({ signal });
    const [covering] = expiries
      .filter(({ prefix }) => config.s3.prefix.startsWith(prefix))
      .sort((a, b) => a.days - b.days);
    if (covering !== undefined) {
      return ok(`A lifecycle rule ends them after ${covering.days} days.`, { facts: { days: covering.days } });
    }
    return warning('No lifecycle rule ends uploads that nobody goes on with; their parts cost storage for ever.', {
      advice: [`bridge init makes one. Or, which replaces the rules that are there: ${LIFECYCLE_COMMAND}`],
    });
  } catch (error) {
    if (hasCode(error, 'destination-not-supported')) return skipped('This server knows no lifecycle rules.');
    if (!hasCode(error, 'destination-access-denied')) throw error;
    return warning(
      'Not allowed to look: s3:GetLifecycleConfiguration, which only this line needs. Make sure that a rule ends abandoned uploads.',
    );
  }
}
