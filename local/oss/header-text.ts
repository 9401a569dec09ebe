// HTTP headers are bytes; Node shows and takes them as Latin-1. OSS keeps metadata as UTF-8, so text passes through here both ways.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes that Node read as Latin-1: UTF-8 if they are, else left as they came. */
export function fromHeader(value: string): string {
  return decodeUtf8(value) ?? value;
}

/** What to give Node so that the text's UTF-8 bytes go out. */
export function toHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Undefined when the bytes (one a character) are not UTF-8. */
export function decodeUtf8(bytesAsLatin1: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(bytesAsLatin1, 'latin1'));
  } catch {
    // The only error a fatal decoder throws: not UTF-8. The caller decides what that means.
    return undefined;
  }
}

/** Decodes %XX exactly once. Undefined when an escape is broken or the bytes are not UTF-8. */
export function percentDecode(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decodeUtf8(bytes);
}

/** All but letters, digits and `-._~` as %XX: the one encoding that signatures and listings use. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
