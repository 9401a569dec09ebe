// A terminal as far as our drawings need one: text, \r, \n, cursor up, clearing to the end of the line and of the screen. When it gets narrower it
// wraps what stands there anew, as most do.

export interface FakeTerminal {
  readonly columns: number;
  write(text: string): void;
  resize(columns: number): void;
  /** All rows up to the last with something on it, without blanks at their ends. */
  rows(): readonly string[];
}

const SEQUENCE = /\u001b\[(\d*)([A-Z])|[\r\n]|[^\r\n\u001b]/g;

interface Row {
  text: string;
  /** It goes on in the next row, which was wrapped off it. */
  isWrapped: boolean;
}

export function createFakeTerminal(initialColumns: number): FakeTerminal {
  let columns = initialColumns;
  let rows: Row[] = [{ text: '', isWrapped: false }];
  let at = { row: 0, column: 0 };

  const rowAt = (index: number): Row => {
    while (rows.length <= index) rows.push({ text: '', isWrapped: false });
    const row = rows[index];
    if (row === undefined) throw new RangeError(`no row ${index}`);
    return row;
  };
  const put = (character: string) => {
    if (at.column === columns) {
      rowAt(at.row).isWrapped = true;
      at = { row: at.row + 1, column: 0 };
    }
    const row = rowAt(at.row);
    row.text = row.text.padEnd(at.column).slice(0, at.column) + character + row.text.slice(at.column + 1);
    at.column++;
  };
  const obey = (command: string, amount: number) => {
    if (command === 'A') at.row = Math.max(0, at.row - amount);
    else if (command === 'K' || command === 'J') {
      rowAt(at.row).text = rowAt(at.row).text.slice(0, at.column);
      rowAt(at.row).isWrapped = false;
      if (command === 'J') rows = rows.slice(0, at.row + 1);
    } else throw new Error(`This terminal does not know ${command}.`);
  };
  return {
    get columns() {
      return columns;
    },
    write(text) {
      for (const [token, amount, command] of text.matchAll(SEQUENCE)) {
        if (command !== undefined) obey(command, Number(amount || 1));
        else if (token === '\r') at.column = 0;
        else if (token === '\n') {
          at = { row: at.row + 1, column: 0 };
          rowAt(at.row);
        } else put(token);
      }
    },
    resize(next) {
      const lines: string[] = [];
      let cursorLine = 0;
      let cursorOffset = 0;
      let isOpen = false;
      for (const [index, row] of rows.entries()) {
        if (isOpen) lines[lines.length - 1] += row.text;
        else lines.push(row.text);
        if (index === at.row) {
          cursorLine = lines.length - 1;
          cursorOffset = (lines.at(-1) ?? '').length - row.text.length + at.column;
        }
        isOpen = row.isWrapped;
      }
      columns = next;
      rows = [];
      for (const [index, line] of lines.entries()) {
        const first = rows.length;
        for (let start = 0; start === 0 || start < line.length; start += columns) {
          rows.push({ text: line.slice(start, start + columns), isWrapped: start + columns < line.length });
        }
        if (index !== cursorLine) continue;
        // At the end of a full row, not at the beginning of the next.
        const offset = Math.max(0, cursorOffset - 1);
        at = { row: first + Math.floor(offset / columns), column: cursorOffset === 0 ? 0 : (offset % columns) + 1 };
      }
    },
    rows() {
      const shown = rows.map(({ text }) => text.trimEnd());
      while (shown.at(-1) === '') shown.pop();
      return shown;
    },
  };
}
