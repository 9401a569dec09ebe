// DeleteMultipleObjects: https://www.alibabacloud.com/help/en/oss/developer-reference/deletemultipleobjects

import { readEncoding } from './list-objects.ts';
import { malformedXml } from './oss-error.ts';
import { type Exchange, sendEmpty, sendXml } from './oss-exchange.ts';
import { childrenOf, textOf, xmlDocument, xmlElement } from './oss-xml.ts';
import { removeObject } from './put-object.ts';
import { receiveXml } from './receive-body.ts';

const MAX_KEYS = 1000;

export async function deleteMultipleObjects(exchange: Exchange): Promise<void> {
  const encode = readEncoding(exchange);
  const body = await receiveXml(exchange, 'Delete');
  const keys = childrenOf(body, 'Object').map(node => textOf(node, 'Key') ?? '');
  if (keys.length === 0 || keys.length > MAX_KEYS || keys.includes('')) throw malformedXml();
  for (const key of keys) await removeObject(exchange, { key, eventName: 'ObjectRemoved:DeleteObjects' });
  if (textOf(body, 'Quiet')?.trim() === 'true') return sendEmpty(exchange, 200);
  const deleted = keys.map(key => `<Deleted>${xmlElement('Key', encode(key))}</Deleted>`);
  const encoding = exchange.query.has('encoding-type') ? [xmlElement('EncodingType', 'url')] : [];
  sendXml(exchange, xmlDocument('DeleteResult', [...encoding, ...deleted].join('\n  ')));
}
