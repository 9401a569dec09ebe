// An answer that is an error, in the words of OSS: https://www.alibabacloud.com/help/en/oss/developer-reference/error-responses
// The codes and the EC numbers are the vendor's, where its pages give them; clients branch on the code.

import { xmlDocument, xmlElement } from './oss-xml.ts';

export interface OssErrorDetails {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The vendor's number of the exact cause, sent as `EC` and `x-oss-ec`. */
  readonly ec?: string;
  /** More elements of the XML, in their order: Key, BucketName, StringToSign, … */
  readonly elements?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export class OssError extends Error {
  override readonly name = 'OssError';
  readonly status: number;
  readonly code: string;
  readonly ec: string | undefined;
  readonly elements: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(details: OssErrorDetails) {
    super(details.message);
    this.status = details.status;
    this.code = details.code;
    this.ec = details.ec;
    this.elements = details.elements ?? {};
    this.headers = details.headers ?? {};
  }
}

export function errorXml(error: OssError, exchange: { requestId: string; host: string }): string {
  const elements = [
    xmlElement('Code', error.code),
    xmlElement('Message', error.message),
    xmlElement('RequestId', exchange.requestId),
    xmlElement('HostId', exchange.host),
    ...Object.entries(error.elements).map(([name, value]) => xmlElement(name, value)),
    ...(error.ec === undefined ? [] : [xmlElement('EC', error.ec)]),
  ];
  return xmlDocument('Error', elements.join('\n  '));
}

export function noSuchKey(key: string): OssError {
  const message = 'The specified key does not exist.';
  return new OssError({ status: 404, code: 'NoSuchKey', message, ec: '0026-00000001', elements: { Key: key } });
}

export function noSuchBucket(bucket: string): OssError {
  const message = 'The specified bucket does not exist.';
  const elements = { BucketName: bucket };
  return new OssError({ status: 404, code: 'NoSuchBucket', message, ec: '0015-00000101', elements });
}

export function invalidArgument(name: string, value: string, message: string): OssError {
  const elements = { ArgumentName: name, ArgumentValue: value };
  return new OssError({ status: 400, code: 'InvalidArgument', message, elements });
}

export function preconditionFailed(condition: string): OssError {
  const message = 'At least one of the pre-conditions you specified did not hold.';
  const elements = { Condition: condition };
  return new OssError({ status: 412, code: 'PreconditionFailed', message, elements });
}

/** For an archived object that is not restored. */
export function invalidObjectState(key: string): OssError {
  const message = "The operation is not valid for the object's state";
  return new OssError({ status: 403, code: 'InvalidObjectState', message, elements: { ObjectName: key } });
}

export function malformedXml(): OssError {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema.';
  return new OssError({ status: 400, code: 'MalformedXML', message });
}

export function noSuchUpload(uploadId: string): OssError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new OssError({ status: 404, code: 'NoSuchUpload', message, elements: { UploadId: uploadId } });
}

export function entityTooLarge(): OssError {
  const message = 'Your proposed upload exceeds the maximum allowed object size.';
  return new OssError({ status: 400, code: 'EntityTooLarge', message });
}
