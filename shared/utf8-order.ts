// Both clouds list keys by the order of their UTF-8 bytes. JavaScript compares strings by UTF-16 code units, which differs as soon
// as a key has a character outside the Basic Multilingual Plane: U+FF5E < U+1F600 in UTF-8, but not in UTF-16.

/** Negative, 0 or positive, as the UTF-8 bytes of `a` compare with those of `b`. Neither may have lone surrogates. */
export function compareUtf8(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    // Surrogates (U+D800..DFFF) stand for code points above all others, so they sort after U+E000..FFFF.
    const leftIsSurrogate = left >= 0xd800 && left <= 0xdfff;
    const rightIsSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (leftIsSurrogate !== rightIsSurrogate) return leftIsSurrogate ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
