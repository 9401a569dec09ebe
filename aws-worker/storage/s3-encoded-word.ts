// User metadata whose value is not plain printable ASCII travels as RFC 2047 encoded words, which is how S3 takes and gives it:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
// https://www.rfc-editor.org/rfc/rfc2047#section-2

/** RFC 2047 section 2: "An 'encoded-word' may not be more than 75 characters long". */
export const ENCODED_WORD_MAX_CHARACTERS = 75;

const WORD_START = '=?UTF-8?B?';
const WORD_END = '?=';
const WORD_MAX_BYTES = Math.floor((ENCODED_WORD_MAX_CHARACTERS - WORD_START.length - WORD_END.length) / 4) * 3;
const ENCODED_WORD = /=\?utf-8\?([bq])\?([^?]*)\?=/gi;
const RUN_OF_ENCODED_WORDS = /=\?utf-8\?[bq]\?[^?]*\?=(?:[ \t]+=\?utf-8\?[bq]\?[^?]*\?=)*/gi;

/** The value as a header may carry it: itself where that comes back the same, else encoded words, each of whole characters. */
export function encodeHeaderText(text: string): string {
  if (isPlain(text)) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_MAX_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map(bytes => `${WORD_START}${Buffer.from(bytes).toString('base64')}${WORD_END}`).join(' ');
}

/** The inverse. Also reads Q encoding, which S3 may answer with; white space between two encoded words belongs to neither. */
export function decodeHeaderText(value: string): string {
  return value.replace(RUN_OF_ENCODED_WORDS, run => {
    const pieces = [...run.matchAll(ENCODED_WORD)].map(([, encoding, content = '']) =>
      encoding?.toUpperCase() === 'B' ? Buffer.from(content, 'base64') : decodeQ(content),
    );
    // Joined as bytes: some encoders split a character between two words.
    return Buffer.concat(pieces).toString('utf8');
  });
}

/** Printable ASCII that neither loses spaces at its ends on the way nor looks encoded. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text.trim() === text && !text.includes('=?');
}

function decodeQ(content: string): Buffer {
  const latin1 = content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}
