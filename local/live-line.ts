// One line that is rewritten in place on a terminal; elsewhere (a file, CI) a plain line every few seconds.

const PLAIN_INTERVAL_MILLISECONDS = 2_000;

export interface LiveLine {
  show(text: string): void;
  /** Leaves what was shown, and goes to the next line. */
  end(): void;
}

export function createLiveLine(output: NodeJS.WriteStream): LiveLine {
  let lastText = '';
  let lastShownAt = 0;
  return {
    show(text) {
      if (output.isTTY) {
        output.write(`\r\u001b[2K${text.slice(0, output.columns - 1)}`);
      } else if (text !== lastText && performance.now() - lastShownAt >= PLAIN_INTERVAL_MILLISECONDS) {
        output.write(`${text}\n`);
        lastShownAt = performance.now();
      }
      lastText = text;
    },
    end() {
      if (output.isTTY && lastText !== '') output.write('\n');
      lastText = '';
    },
  };
}
