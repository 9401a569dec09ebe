// What OSS tells its native Function Compute trigger of a change:
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
// Names carry no `oss:` prefix, keys are raw UTF-8 and etags have no quotes.

import type { StoredObject } from '../store/object-store.ts';
import { etagOf } from './object-headers.ts';

export interface OssEvent {
  readonly events: readonly OssEventRecord[];
}

export interface OssEventRecord {
  /** `ObjectCreated:PutObject` */
  readonly eventName: string;
  readonly eventSource: 'acs:oss';
  /** ISO 8601 in whole seconds. */
  readonly eventTime: string;
  readonly eventVersion: '1.0';
  readonly oss: {
    readonly bucket: {
      readonly arn: string;
      readonly name: string;
      readonly ownerIdentity: string;
      readonly virtualBucket: string;
    };
    readonly object: {
      readonly key: string;
      readonly eTag: string;
      /** The whole object's bytes after the change. */
      readonly size: number;
      /** How many bytes more than before; negative when the object shrank. */
      readonly deltaSize: number;
      /** Of an append: the offset it wrote at. */
      readonly position?: number;
      readonly objectMeta?: { readonly mimeType: string };
    };
    readonly ossSchemaVersion: '1.0';
    readonly ruleId: string;
  };
  readonly region: string;
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: { readonly requestId: string };
  readonly userIdentity: { readonly principalId: string };
}

/** The change itself, in the words of this server. */
export interface OssChange {
  readonly eventName: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly deltaBytes: number;
  readonly position?: number;
  readonly contentType?: string;
}

export interface EventContext {
  readonly bucket: string;
  readonly region: string;
  readonly time: Date;
  readonly requestId: string;
  readonly sourceIpAddress: string;
}

export const ACCOUNT_ID = '1000000000000001';

export function toOssEvent(change: OssChange, context: EventContext): OssEvent {
  const record: OssEventRecord = {
    eventName: change.eventName,
    eventSource: 'acs:oss',
    eventTime: wholeSeconds(context.time),
    eventVersion: '1.0',
    oss: {
      bucket: {
        arn: `acs:oss:${context.region}:${ACCOUNT_ID}:${context.bucket}`,
        name: context.bucket,
        ownerIdentity: ACCOUNT_ID,
        virtualBucket: '',
      },
      object: {
        deltaSize: change.deltaBytes,
        eTag: change.etag,
        key: change.key,
        size: change.sizeBytes,
        ...(change.position === undefined ? {} : { position: change.position }),
        ...(change.contentType === undefined ? {} : { objectMeta: { mimeType: change.contentType } }),
      },
      ossSchemaVersion: '1.0',
      ruleId: 'local-rule',
    },
    region: context.region,
    requestParameters: { sourceIPAddress: context.sourceIpAddress },
    responseElements: { requestId: context.requestId },
    userIdentity: { principalId: ACCOUNT_ID },
  };
  return { events: [record] };
}

/** `sizeBefore`: of what stood under the key until then, in bytes. */
export function createdChange(created: { eventName: string; object: StoredObject; sizeBefore: number }): OssChange {
  const { eventName, object, sizeBefore } = created;
  const contentType = object.headers['content-type'];
  return {
    eventName,
    key: object.key,
    etag: etagOf(object),
    sizeBytes: object.sizeBytes,
    deltaBytes: object.sizeBytes - sizeBefore,
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** OSS knows no fractions of a second; it writes `.000Z`. */
export function wholeSeconds(time: Date): string {
  return new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString();
}
