// What is known about buckets: little. They are there from the start, or made by `createBucket` if the server was given a way to.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

import { receiveDocument } from '../receive-body.ts';
import { type BucketCall, OWNER, type S3Call, sendEmpty, sendXml } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { XmlNode } from '../s3-xml.ts';

/** The one region whose location constraint is empty. */
const UNNAMED_REGION = 'us-east-1';
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

export async function listBuckets(call: S3Call): Promise<void> {
  const buckets = call.state.bucketNames().map(
    (name): XmlNode => [
      'Bucket',
      [
        ['Name', name],
        ['CreationDate', new Date(0).toISOString()],
        ['BucketRegion', call.state.region],
      ],
    ],
  );
  sendXml(call, ['ListAllMyBucketsResult', [OWNER, ['Buckets', buckets]]]);
}

export async function headBucket(call: BucketCall): Promise<void> {
  call.response.setHeader('x-amz-bucket-region', call.state.region);
  sendEmpty(call, 200);
}

export async function createBucket(call: S3Call & { readonly bucket: string }): Promise<void> {
  // The region that it may name is this server's only one.
  if (call.request.headers['content-length'] !== undefined) await receiveDocument(call);
  if (!BUCKET_NAME.test(call.bucket)) throw new S3Error('InvalidBucketName', { details: { BucketName: call.bucket } });
  if (call.state.findBucket(call.bucket) !== undefined) {
    throw new S3Error('BucketAlreadyOwnedByYou', { details: { BucketName: call.bucket } });
  }
  if ((await call.state.createBucket(call.bucket)) === undefined) throw new S3Error('NotImplemented');
  call.response.setHeader('location', `/${call.bucket}`);
  sendEmpty(call, 200);
}

export async function getBucketLocation(call: BucketCall): Promise<void> {
  const { region } = call.state;
  sendXml(call, ['LocationConstraint', region === UNNAMED_REGION ? '' : region]);
}

/** Never versioned. */
export async function getBucketVersioning(call: BucketCall): Promise<void> {
  sendXml(call, ['VersioningConfiguration', []]);
}

/** As buckets have it unless they were made before 2023, or otherwise on purpose: there are no ACLs here. */
export async function getBucketOwnershipControls(call: BucketCall): Promise<void> {
  sendXml(call, ['OwnershipControls', [['Rule', [['ObjectOwnership', 'BucketOwnerEnforced']]]]]);
}
