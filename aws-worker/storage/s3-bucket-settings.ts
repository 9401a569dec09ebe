// What the bucket itself is set to, for people who ask before they start. Reading ownership and lifecycle needs permissions that the worker
// does without.

import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  type LifecycleRule,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { resolveBucketAddress, type S3Clients } from './s3-clients.ts';
import { callS3 } from './s3-control-call.ts';

interface Ask {
  readonly signal: AbortSignal;
}

/** An enabled lifecycle rule that ends abandoned uploads of the keys with this prefix. */
export interface UploadExpiry {
  readonly prefix: string;
  readonly days: number;
}

/** All throw BridgeErrors with the codes of ObjectDestination. */
export interface S3BucketSettings {
  /** `https://host[:port]`, where requests go; nothing is sent. */
  origin(): Promise<string>;
  /** That the bucket is there, in this region, and may be listed. A listing because its errors, other than a HEAD's, say what is wrong. */
  list(options: Ask): Promise<void>;
  /** `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`, which is what a bucket without controls has. */
  ownership(options: Ask): Promise<string>;
  uploadExpiries(options: Ask): Promise<readonly UploadExpiry[]>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
const OWNERSHIP_WITHOUT_CONTROLS = 'ObjectWriter';

export function createS3BucketSettings({ control }: S3Clients, bucket: string): S3BucketSettings {
  const failed = { bucket, key: '' };
  return {
    origin: async () => (await resolveBucketAddress(control, bucket)).origin,
    async list({ signal }) {
      await callS3({ operation: 'ListObjectsV2', ...failed }, signal, options =>
        control.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), options),
      );
    },
    async ownership({ signal }) {
      const command = new GetBucketOwnershipControlsCommand({ Bucket: bucket });
      const answer = await callS3({ operation: 'GetBucketOwnershipControls', ...failed }, signal, options =>
        control.send(command, options).catch(absent('OwnershipControlsNotFoundError')),
      );
      return answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? OWNERSHIP_WITHOUT_CONTROLS;
    },
    async uploadExpiries({ signal }) {
      const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      const answer = await callS3({ operation: 'GetBucketLifecycleConfiguration', ...failed }, signal, options =>
        control.send(command, options).catch(absent('NoSuchLifecycleConfiguration')),
      );
      return (answer?.Rules ?? []).flatMap(expiriesOf);
    },
  };
}

/** An error that only says that there is none. */
function absent(name: string): (error: unknown) => undefined {
  return error => {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  };
}

/** A rule with a filter by tag or size ends no uploads: S3 refuses the combination. */
function expiriesOf(rule: LifecycleRule): readonly UploadExpiry[] {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (rule.Status !== 'Enabled' || days === undefined) return [];
  return [{ prefix: rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '', days }];
}
