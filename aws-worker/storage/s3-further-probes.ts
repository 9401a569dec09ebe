// What the probe at start leaves out: an upload that is completed, and tags, which need a permission that not every worker needs. For
// `bridge doctor`. Each leaves nothing, unless deleting is not allowed.

import { crc32 } from '../../shared/checksums/crc32.ts';
import {
  losesMetadata,
  onProbeKey,
  onProbeUpload,
  PROBE_BODY,
  type ProbeRequest,
  probeDescription,
} from './s3-probe.ts';

export interface S3FurtherProbes {
  /** An upload of one part with its CRC-32, completed with that of the whole. */
  completion(options: { readonly signal: AbortSignal }): Promise<void>;
  /** An object that is put together with a tag. */
  tags(options: { readonly signal: AbortSignal }): Promise<void>;
}

const PROBE_TAGS = { 'oss-s3-bridge': 'probe' };

export async function probeS3Completion(request: ProbeRequest): Promise<void> {
  const { destination, bucket, signal } = request;
  const checksum = crc32(PROBE_BODY);
  await onProbeKey(request, async key => {
    await onProbeUpload(request, key, async upload => {
      await destination.uploadPart({ upload, partNumber: 1, body: PROBE_BODY, crc32: checksum, signal });
      const parts = await destination.listParts(upload, { signal });
      const sizeBytes = PROBE_BODY.length;
      const condition = { kind: 'empty' } as const;
      await destination.completeUpload({ upload, parts, sizeBytes, crc32: checksum, condition, signal });
    });
    const found = await destination.head(key, { signal });
    if (JSON.stringify(found?.record) !== JSON.stringify(probeDescription(key).record)) throw losesMetadata(bucket);
  });
}

export async function probeS3Tags(request: ProbeRequest): Promise<void> {
  const { destination, signal } = request;
  await onProbeKey(request, async key => {
    const description = { ...probeDescription(key), tags: PROBE_TAGS };
    const condition = { kind: 'empty' } as const;
    await destination.put({ key, body: PROBE_BODY, crc32: crc32(PROBE_BODY), condition, description, signal });
  });
}
