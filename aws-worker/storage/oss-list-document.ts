// Whether a document may be given to the SDK as a page of a listing. It is looked at as text, before anything is built from it: what the SDK's parser
// makes of a few megabytes of elements, attributes or entities would be hundreds of megabytes of objects.
// https://www.alibabacloud.com/help/en/oss/developer-reference/listobjectsv2

import { BridgeError } from '../../shared/bridge-error.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import { badAnswer } from './oss-object.ts';

/** 1,000 objects of eleven elements, each with a beginning and an end, are 22,000. */
const MAX_TAGS = 50_000;
/** The longest that OSS sends is that of the root, with its namespace. */
const LONG_TAG = /<[^>]{500}/;
/** `ListBucketResult`, `Contents`, `Owner`, `ID`: OSS nests no deeper. */
const MAX_DEPTH = 6;
const MAX_BUCKET_NAME_CHARACTERS = 63;

/**
 * How many objects the document has. Nothing in it can look like a tag: what users name is percent-encoded or escaped.
 * @throws BridgeError retryable `source-bad-answer` for what is not a complete list, not encoded as it was asked, or more than a list; permanent
 * `listing-other-bucket`
 */
export function countListed(xml: string, bucket: string): number {
  refuseHarm(xml);
  const count = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
  const isComplete =
    count(/<ListBucketResult[\s>]/g) === 1 &&
    count(/<IsTruncated>(true|false)<\/IsTruncated>/g) === 1 &&
    xml.trimEnd().endsWith('</ListBucketResult>');
  if (!isComplete) throw badAnswer(undefined, 'is no complete list of objects');
  // Without it a `%41` in a key would be read as `A`.
  if (!xml.includes('<EncodingType>url</EncodingType>')) {
    throw badAnswer(undefined, 'lists keys without the encoding that was asked');
  }
  const name = /<Name>([^<]*)<\/Name>/.exec(xml)?.[1];
  if (name !== undefined && name !== bucket) throw otherBucket(name, bucket);
  const listed = count(/<Contents>/g);
  if (count(/<Size>\d+<\/Size>/g) !== listed) throw badAnswer(undefined, 'lists an object without a valid size');
  const said = /<KeyCount>(\d{1,9})<\/KeyCount>/.exec(xml)?.[1];
  if (said !== undefined && Number(said) !== listed) throw badAnswer(undefined, 'has other objects than it counts');
  return listed;
}

function refuseHarm(xml: string): void {
  // Document types define entities, and CDATA and comments hide things; OSS sends none of them.
  if (xml.includes('<!')) throw badAnswer(undefined, 'has a document type, a comment or CDATA, as no list of OSS has');
  if (LONG_TAG.test(xml)) throw badAnswer(undefined, 'has an element with more attributes than any list of OSS');
  let tags = 0;
  let depth = 0;
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', at + 1)) {
    tags++;
    const isEnd = xml[at + 1] === '/';
    const isAlone = xml[at + 1] === '?' || xml[xml.indexOf('>', at) - 1] === '/';
    if (isEnd) depth--;
    else if (!isAlone) depth++;
    if (tags > MAX_TAGS || depth > MAX_DEPTH) {
      throw badAnswer(undefined, 'has more elements, or deeper ones, than any list of OSS');
    }
  }
}

/** Of a custom domain that is bound to it, or a proxy's: the keys in it are not ours to move. */
function otherBucket(name: string, bucket: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'listing-other-bucket',
    message: `OSS listed the bucket ${quoteText(name, MAX_BUCKET_NAME_CHARACTERS)} in place of ${bucket}. Set OSS_ENDPOINT to a domain of the bucket that OSS_BUCKET names.`,
  });
}
