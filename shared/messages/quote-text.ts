const DEFAULT_MAX_CHARACTERS = 200;

/** Somebody else's text in a sentence of ours: in quotes, cut short, and without what `escapeControls` takes out. */
export function quoteText(text: string, maxCharacters = DEFAULT_MAX_CHARACTERS): string {
  return escapeControls(JSON.stringify(text.slice(0, maxCharacters)));
}

/**
 * Text with nothing in it that moves a cursor, ends a line or turns the direction of reading. For people: what it is printed to may be a
 * terminal.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff]/gu, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
