// How many columns of a terminal a text takes: two for what East Asian scripts and emoji take two for, none for what joins the character before.
// https://www.unicode.org/reports/tr11/ (W and F). Controls have no width anybody could rely on: they are escaped before.

const WIDE =
  /^[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function displayWidth(text: string): number {
  // Nearly all keys: one column a character.
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  return [...graphemes.segment(text)].reduce((width, { segment }) => width + graphemeWidth(segment), 0);
}

function graphemeWidth(grapheme: string): number {
  // The last: U+FE0F asks for the coloured form, which is wide.
  if (WIDE.test(grapheme) || grapheme.includes('\ufe0f')) return 2;
  return /^[\p{Mn}\p{Me}]/u.test(grapheme) ? 0 : 1;
}

/** The text, or as much of its beginning as fits, with `...` in place of the rest. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const mark = '...'.slice(0, width);
  let kept = '';
  let left = width - mark.length;
  for (const { segment } of graphemes.segment(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept + mark;
}

export function padToWidth(text: string, width: number, side: 'left' | 'right'): string {
  const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'left' ? padding + text : text + padding;
}
