// Request bodies: an object's bytes are staged as they come; the small XML documents are read whole.

import { createHash } from 'node:crypto';
import { entityTooLarge, invalidArgument, malformedXml, OssError } from './oss-error.ts';
import { type Exchange, header } from './oss-exchange.ts';
import { parseXml, type XmlNode } from './oss-xml.ts';
import { MAX_BODY_BYTES, type ReceivedBytes, stageBytes } from './stage-bytes.ts';

/** The largest document is 1,000 keys to delete. https://www.alibabacloud.com/help/en/oss/developer-reference/deletemultipleobjects */
const MAX_XML_BYTES = 2 * 1024 ** 2;

/**
 * The body, staged. The caller discards it when it doesn't commit it.
 * Throws OssError 411 MissingContentLength, 400 EntityTooLarge and InvalidDigest; a broken connection's error as it is.
 */
export async function receiveBody(exchange: Exchange): Promise<ReceivedBytes> {
  const length = exchange.request.headers['content-length'];
  if (length === undefined && exchange.request.headers['transfer-encoding'] === undefined) {
    const message = 'You must provide the Content-Length HTTP header.';
    throw new OssError({ status: 411, code: 'MissingContentLength', message });
  }
  if (Number(length ?? 0) > MAX_BODY_BYTES) throw entityTooLarge();
  const received = await stageBytes(exchange.store, exchange.body);
  try {
    checkContentMd5(exchange, received.md5);
  } catch (error) {
    await received.staged.discard();
    throw error;
  }
  return received;
}

/** The body as XML with that root. Throws OssError 400 MalformedXML or InvalidDigest. */
export async function receiveXml(exchange: Exchange, root: string): Promise<XmlNode> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of exchange.body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_XML_BYTES) throw entityTooLarge();
  }
  const body = Buffer.concat(chunks);
  checkContentMd5(exchange, createHash('md5').update(body).digest());
  const node = parseXml(body.toString('utf8'), root);
  if (node === undefined) throw malformedXml();
  return node;
}

function checkContentMd5(exchange: Exchange, md5: Buffer): void {
  const claimed = header(exchange, 'content-md5');
  if (claimed === undefined) return;
  if (Buffer.from(claimed, 'base64').length !== md5.length) {
    throw invalidArgument('Content-MD5', claimed, 'The Content-MD5 you specified is not valid.');
  }
  if (claimed === md5.toString('base64')) return;
  const message = 'The Content-MD5 you specified did not match what we received.';
  throw new OssError({ status: 400, code: 'InvalidDigest', message, elements: { 'Content-MD5': claimed } });
}
