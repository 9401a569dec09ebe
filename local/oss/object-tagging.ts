// Tags of an object: https://www.alibabacloud.com/help/en/oss/developer-reference/putobjecttagging
// They change neither its ETag nor its Last-Modified, and fire no event.

import { requireObject } from './get-object.ts';
import { checkTags } from './object-headers.ts';
import { type Exchange, sendEmpty, sendXml } from './oss-exchange.ts';
import { childrenOf, textOf, xmlDocument, xmlElement } from './oss-xml.ts';
import { receiveXml } from './receive-body.ts';

export async function putObjectTagging(exchange: Exchange): Promise<void> {
  const body = await receiveXml(exchange, 'Tagging');
  const tags: Record<string, string> = {};
  for (const set of childrenOf(body, 'TagSet')) {
    for (const tag of childrenOf(set, 'Tag')) tags[textOf(tag, 'Key') ?? ''] = textOf(tag, 'Value') ?? '';
  }
  checkTags(tags);
  await setTags(exchange, tags);
  sendEmpty(exchange, 200);
}

export async function deleteObjectTagging(exchange: Exchange): Promise<void> {
  await setTags(exchange, {});
  sendEmpty(exchange, 204);
}

export async function getObjectTagging(exchange: Exchange): Promise<void> {
  const { tags } = await requireObject(exchange.store, exchange.key);
  const elements = Object.entries(tags).map(
    ([key, value]) => `<Tag>${xmlElement('Key', key)}${xmlElement('Value', value)}</Tag>`,
  );
  sendXml(exchange, xmlDocument('Tagging', `<TagSet>${elements.join('')}</TagSet>`));
}

async function setTags(exchange: Exchange, tags: Readonly<Record<string, string>>): Promise<void> {
  const object = await requireObject(exchange.store, exchange.key);
  await exchange.store.describe(exchange.key, { ...object, tags }, { keepLastModified: true });
}
