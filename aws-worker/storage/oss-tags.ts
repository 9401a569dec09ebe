// The tags of an object: `<Tagging><TagSet><Tag><Key/><Value/></Tag>…`. `ali-oss` is not used: it takes leading slashes off keys.
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobjecttagging

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { badAnswer } from './oss-object.ts';

/** Ten tags of 128 and 256 characters, each escaped at its worst, are less than a tenth of it. */
export const TAGS_MAX_BYTES = 256 * 1024;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  isArray: (_name, path) => path === 'Tagging.TagSet.Tag',
});

/** @throws BridgeError retryable `source-bad-answer` */
export function parseTags(key: string, xml: string): Readonly<Record<string, string>> {
  // A document type can define entities; OSS never sends one.
  const isSafe = !xml.includes('<!DOCTYPE') && XMLValidator.validate(xml) === true;
  const document: unknown = isSafe ? parser.parse(xml) : undefined;
  const tagging = childOf(document, 'Tagging');
  if (tagging === undefined) throw badAnswer(key, 'has no valid list of tags');
  const tags = childOf(childOf(tagging, 'TagSet'), 'Tag') ?? [];
  if (!Array.isArray(tags)) throw badAnswer(key, 'has no valid list of tags');
  return Object.fromEntries(
    tags.map((tag: unknown) => {
      const [name, value] = [childOf(tag, 'Key'), childOf(tag, 'Value') ?? ''];
      if (typeof name !== 'string' || typeof value !== 'string') throw badAnswer(key, 'has a tag without a key');
      return [name, value];
    }),
  );
}

function childOf(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  return Object.entries(node).find(([child]) => child === name)?.[1];
}
