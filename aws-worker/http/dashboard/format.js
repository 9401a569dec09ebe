// Numbers and times for people.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function formatCount(count) {
  return whole.format(count);
}

/** Decimal units, as clouds bill them. */
export function formatBytes(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${short.format(bytes / 1000 ** power)} ${UNITS[power]}`;
}

export function formatRate(perSecond, what) {
  return `${short.format(perSecond)} ${what}/s`;
}

/** The two largest units: 3 d 4 h, 5 min 10 s. */
export function formatSeconds(seconds) {
  if (seconds < 1) return seconds === 0 ? '0 s' : `${Math.round(seconds * 1000)} ms`;
  const total = Math.round(seconds);
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

export function formatTime(iso) {
  return new Date(iso).toLocaleString();
}

const NAMED = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A key with what cannot be seen, or reverses what can, shown as escapes; `key` itself is what the API takes. */
export function formatKey(key) {
  return key.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => NAMED[character] ?? `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}
