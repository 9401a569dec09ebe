// An S3 that takes everything and keeps nothing but the list of an upload's parts. No signature, condition or checksum is looked at.

import { type LightAnswer, type LightRequest, type LightServer, startLightServer } from './light-http.ts';

const ETAG = '"5d41402abc4b2a76b9719d911017c592"';
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

interface Part {
  readonly sizeBytes: number;
  readonly crc32: string | undefined;
}

export async function startLightS3(): Promise<LightServer> {
  const uploads = new Map<string, Map<number, Part>>();
  return await startLightServer(request => answer(request, uploads));
}

function answer(request: LightRequest, uploads: Map<string, Map<number, Part>>): LightAnswer {
  const query = new URLSearchParams(request.path.split('?')[1] ?? '');
  const uploadId = query.get('uploadId');
  const crc32 = request.header('x-amz-checksum-crc32');
  switch (request.method) {
    case 'PUT':
      if (uploadId !== null) {
        uploads.get(uploadId)?.set(Number(query.get('partNumber')), { sizeBytes: request.contentLengthBytes, crc32 });
      }
      return headAlone('200 OK', [`etag: ${ETAG}`, ...(crc32 === undefined ? [] : [`x-amz-checksum-crc32: ${crc32}`])]);
    case 'POST':
      if (uploadId !== null) return complete(uploadId, uploads);
      return create(uploads);
    case 'GET':
      return uploadId === null ? NOT_FOUND : listParts(uploads.get(uploadId) ?? new Map());
    case 'DELETE':
      return headAlone('204 No Content', []);
    default:
      return NOT_FOUND;
  }
}

function create(uploads: Map<string, Map<number, Part>>): LightAnswer {
  const uploadId = `upload-${uploads.size + 1}`;
  uploads.set(uploadId, new Map());
  return xml(
    `<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
  );
}

function complete(uploadId: string, uploads: Map<string, Map<number, Part>>): LightAnswer {
  uploads.get(uploadId)?.clear();
  return xml(
    `<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`,
  );
}

function listParts(parts: ReadonlyMap<number, Part>): LightAnswer {
  const items = [...parts].map(([partNumber, { sizeBytes, crc32 }]) => {
    const checksum = crc32 === undefined ? '' : `<ChecksumCRC32>${crc32}</ChecksumCRC32>`;
    return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${ETAG}</ETag><Size>${sizeBytes}</Size>${checksum}</Part>`;
  });
  return xml(`<ListPartsResult><IsTruncated>false</IsTruncated>${items.join('')}</ListPartsResult>`);
}

function xml(body: string): LightAnswer {
  const bytes = Buffer.from(XML_HEAD + body);
  return { ...withLength('200 OK', ['content-type: application/xml'], bytes.length), body: [bytes] };
}

function headAlone(status: string, headers: readonly string[]): LightAnswer {
  return withLength(status, headers, 0);
}

function withLength(status: string, headers: readonly string[], lengthBytes: number): LightAnswer {
  const lines = [
    `HTTP/1.1 ${status}`,
    'server: AmazonS3',
    'x-amz-request-id: 0123456789ABCDEF',
    ...headers,
    `content-length: ${lengthBytes}`,
  ];
  return { head: `${lines.join('\r\n')}\r\n\r\n` };
}

const NOT_FOUND = headAlone('404 Not Found', []);
