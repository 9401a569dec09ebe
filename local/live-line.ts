// One line that is rewritten in place on a terminal; elsewhere (a file, CI) a plain line every few seconds, if it says something new.

const PLAIN_INTERVAL_MILLISECONDS = 2_000;

export interface LiveLine {
  show(text: string): void;
  /** Leaves what was shown last, and goes to the next line. */
  end(): void;
}

export function createLiveLine(output: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>): LiveLine {
  let last = '';
  let shown = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  const showPlain = () => {
    if (last !== shown) output.write(`${last}\n`);
    shown = last;
    shownAt = performance.now();
  };
  return {
    show(text) {
      last = text;
      // A terminal that does not say how wide it is has 0 columns.
      if (output.isTTY)
        output.write(`\r\u001b[2K${text.slice(0, output.columns > 1 ? output.columns - 1 : undefined)}`);
      else if (performance.now() - shownAt >= PLAIN_INTERVAL_MILLISECONDS) showPlain();
    },
    end() {
      if (last === '') return;
      if (output.isTTY) output.write('\n');
      else showPlain();
      last = '';
      shown = '';
    },
  };
}
