// OSS keeps a Content-Disposition with a raw Unicode file name as it is; an S3 request header must be ASCII. RFC 6266 has a form for that,
// which says the same to every browser: an ASCII stand-in, and the name itself as `filename*`.
// https://www.rfc-editor.org/rfc/rfc6266#section-4.3

const FILE_NAME = /\bfilename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]+))/iu;
const EXTENDED_FILE_NAME = /\bfilename\*\s*=/i;

/** The value in ASCII, unchanged if it was already. What is not ASCII outside the file name stays, for the caller to refuse. */
export function toAsciiContentDisposition(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  const hasExtended = EXTENDED_FILE_NAME.test(value);
  return value.replace(FILE_NAME, (_whole, quoted: string | undefined, token: string | undefined) => {
    const name = quoted === undefined ? (token ?? '').trim() : quoted.replace(/\\(.)/gu, '$1');
    const standIn = name.replace(/[^\x20-\x7e]|["\\]/gu, '_');
    return hasExtended
      ? `filename="${standIn}"`
      : `filename="${standIn}"; filename*=UTF-8''${encodeExtendedValue(name)}`;
  });
}

/** https://www.rfc-editor.org/rfc/rfc8187#section-3.2.1 (attr-char) */
function encodeExtendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
