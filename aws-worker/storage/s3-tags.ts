// Tags as one header, set with the object itself. OSS allows the same number, lengths and (nearly) characters; what S3 would refuse is
// refused here, for the object's failure to say which tag. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html

import { BridgeError } from '../../shared/bridge-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_S3Tag.html */
const MAX_TAGS = 10;
const NAME_MAX_CHARACTERS = 128;
const VALUE_MAX_CHARACTERS = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * The value of `x-amz-tagging`; undefined when there are no tags.
 * @throws BridgeError permanent `tags-not-allowed`
 */
export function taggingHeader(tags: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length === 0) return undefined;
  if (entries.length > MAX_TAGS) throw notAllowed(`It has ${entries.length} tags; S3 allows ${MAX_TAGS}.`);
  for (const [name, value] of entries) {
    const fault = tagFault(name, value);
    if (fault !== undefined) throw notAllowed(`Its tag ${JSON.stringify(name)} ${fault}.`);
  }
  return entries.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

function tagFault(name: string, value: string): string | undefined {
  if (name === '') return 'has an empty name';
  if (/^aws:/i.test(name)) return 'begins with "aws:", which is reserved to AWS';
  if ([...name].length > NAME_MAX_CHARACTERS) return `has a name of more than ${NAME_MAX_CHARACTERS} characters`;
  if ([...value].length > VALUE_MAX_CHARACTERS) return `has a value of more than ${VALUE_MAX_CHARACTERS} characters`;
  if (!ALLOWED.test(name) || !ALLOWED.test(value)) {
    return 'has characters that S3 does not allow (letters, digits, spaces and _ . : / = + - @ are)';
  }
  return undefined;
}

function notAllowed(reason: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'tags-not-allowed',
    message: `The object's tags cannot be set on S3. ${reason} Change them at the source, or turn the copying of tags off.`,
  });
}
