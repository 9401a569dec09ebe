// Keys that OSS and S3 both allow and that tools break on.

export const AWKWARD_KEYS = [
  'awkward/ leading and trailing spaces ',
  'awkward/plus+percent%20ampersand&equals=question?hash#',
  'awkward/%2F%2e%2e%00',
  'awkward//double//slashes',
  'awkward/./dot/../dot-dot',
  'awkward/trailing-slash/',
  'awkward/中文 — ключ — κλειδί — 🗂️',
  'awkward/e\u0301 is not \u00e9',
  'awkward/quotes"\'`<>&amp;\\backslash',
  'awkward/tab\tnewline\nescape\u001b[31m',
  'awkward/bidi\u202egnp.exe',
  'awkward/noncharacters\ufffe\uffff',
  `awkward/${'long'.repeat(253)}`,
] as const;
