// HTTP headers are bytes; undici shows them as Latin-1. OSS keeps metadata as UTF-8, so text passes through here.

/** Lower-case names, as undici gives them. */
export type OssHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** As it came, Latin-1; a repeated header is joined as RFC 9110 says. */
export function headerValue(headers: OssHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of the bytes: UTF-8 if they are, else Latin-1. Percent-encoding is the user's and stays. */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    // Not UTF-8, which is all that a fatal decoder complains of: old clients wrote Latin-1.
    return value;
  }
}
