// Tags of an object, in the x-amz-tagging header (a query string) and in the Tagging document.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html

import { invalidArgument, S3Error } from './s3-error.ts';
import { childText, readXml, type XmlNode } from './s3-xml.ts';

const MAX_TAGS = 10;
const MAX_KEY_CHARACTERS = 128;
const MAX_VALUE_CHARACTERS = 256;
const ALLOWED = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u;

export type Tags = Readonly<Record<string, string>>;

function checkTags(pairs: readonly (readonly [string, string])[]): Tags {
  if (pairs.length > MAX_TAGS) throw new S3Error('BadRequest', { message: 'Object tags cannot be greater than 10' });
  for (const [key, value] of pairs) {
    const isKeyGood =
      key !== '' && [...key].length <= MAX_KEY_CHARACTERS && ALLOWED.test(key) && !key.startsWith('aws:');
    if (!isKeyGood) throw new S3Error('InvalidTag', { message: 'The TagKey you have provided is invalid' });
    if ([...value].length > MAX_VALUE_CHARACTERS || !ALLOWED.test(value)) {
      throw new S3Error('InvalidTag', { message: 'The TagValue you have provided is invalid' });
    }
  }
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw new S3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' });
  }
  return Object.fromEntries(pairs);
}

/** Throws InvalidArgument for what is no query string or names a tag twice, else as for a document. */
export function readTagsHeader(header: string): Tags {
  const message =
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw invalidArgument('x-amz-tagging', header, message);
    }
  };
  const pairs = header
    .split('&')
    .filter(pair => pair !== '')
    .map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw invalidArgument('x-amz-tagging', header, message);
  return checkTags(pairs);
}

/** Throws MalformedXML, InvalidTag or BadRequest. */
export function readTagsDocument(source: string): Tags {
  const tagSet = readXml(source, 'Tagging').children.get('TagSet')?.[0];
  if (tagSet === undefined) throw new S3Error('MalformedXML');
  const pairs = (tagSet.children.get('Tag') ?? []).map((tag): [string, string] => {
    const key = childText(tag, 'Key');
    const value = childText(tag, 'Value');
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return [key, value];
  });
  return checkTags(pairs);
}

export function writeTags(tags: Tags): XmlNode {
  const nodes = Object.entries(tags).map(
    ([Key, Value]): XmlNode => [
      'Tag',
      [
        ['Key', Key],
        ['Value', Value],
      ],
    ],
  );
  return ['Tagging', [['TagSet', nodes]]];
}
