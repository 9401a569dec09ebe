// Header values as text. Node gives one character a byte; S3 reads UTF-8. User metadata may also come in RFC 2047 encoded words, and S3
// answers in them wherever a value isn't plain ASCII.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 where the bytes are UTF-8, else one character a byte. */
export function decodeHeader(raw: string): string {
  try {
    return strictUtf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    return raw;
  }
}

/** The inverse: what Node must be given so that UTF-8 goes out. */
export function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function decodeWord(charset: string, encoding: string, text: string): string | undefined {
  const bytes =
    encoding.toUpperCase() === 'B'
      ? Buffer.from(text, 'base64')
      : Buffer.from(
          text
            .replaceAll('_', ' ')
            .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        );
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Encoded words become what they stand for; one that cannot be decoded stays as it is. */
export function decodeRfc2047(text: string): string {
  // White space between two encoded words belongs to the encoding (RFC 2047, section 6.2).
  const joined = text.replace(/(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1');
  return joined.replace(
    /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi,
    (word, charset: string, encoding: string, encoded: string) => decodeWord(charset, encoding, encoded) ?? word,
  );
}

/** Plain ASCII as it is, anything else as one encoded word. */
export function encodeRfc2047(text: string): string {
  return /^[\u0020-\u007e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
