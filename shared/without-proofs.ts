// Clouds and proxies repeat requests in their errors, what proves who asked included. Such a proof is worth something until it expires, so it is
// cut out of every text of an error before anybody keeps it: logs, failure lists, dead letters, /readyz.

const PROOFS: readonly RegExp[] = [
  // The header of both clouds' version 4, and signed URLs: `Signature=`, `X-Amz-Signature=`, `x-oss-signature=`.
  /(\bsignature["']?=["']?)[^\s,;&"'<>]+/gi,
  /(\bsignature["']?\s*:\s*["']?)[a-z0-9%+/]{16,}=*/gi,
  /(\b(?:x-(?:amz|oss)-)?security-token["']?\s*[=:]\s*["']?)[^\s,;&"'<>]+/gi,
  /(\bbearer +)[\w.~+/-]{8,}=*/gi,
  // The header of OSS's version 1: https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
  /(\bOSS [\w-]+:)[a-z0-9+/]{20,}=*/gi,
];

/** The text with `...` in place of signatures and tokens. */
export function withoutProofs(text: string): string {
  return PROOFS.reduce((shortened, pattern) => shortened.replace(pattern, '$1...'), text);
}
