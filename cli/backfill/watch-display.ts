import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import type { CliIo } from '../cli-io.ts';
import { redraw } from './live-block.ts';
import { type Look, progressLine, progressLines } from './progress-lines.ts';

const LINE_INTERVAL_MILLISECONDS = 10_000;

/** Where `watch` shows what it sees. */
export interface WatchDisplay {
  show(look: Look, now: Date): void;
  /** Often: the terminal may have another width now. */
  refresh(): void;
  /** What is in the way of something final is taken away. */
  clear(): void;
  /** What was shown last stays, and others may write below it. */
  end(): void;
}

/** For a terminal: the same lines, rewritten in place. */
export function createLiveDisplay(io: Pick<CliIo, 'stdout' | 'columns'>): WatchDisplay {
  let shown: readonly string[] = [];
  let last: Look | undefined;
  let columns = 0;
  const draw = () => {
    if (last === undefined) return;
    columns = io.columns;
    const lines = progressLines(last, columns);
    io.stdout(redraw(shown, lines, columns));
    shown = lines;
  };
  return {
    show(look) {
      last = look;
      draw();
    },
    refresh() {
      if (io.columns !== columns) draw();
    },
    clear() {
      if (shown.length > 0) io.stdout(redraw(shown, [], io.columns));
      shown = [];
    },
    end() {
      if (shown.length > 0) io.stdout('\n');
      shown = [];
    },
  };
}

/** For files and pipes: a line when something has changed, a new state at once, all else every ten seconds at most. */
export function createLineDisplay(io: Pick<CliIo, 'stdout'>, options: { readonly isJson: boolean }): WatchDisplay {
  let printed = '';
  let state: BackfillBody['state'] | undefined;
  let at = Number.NEGATIVE_INFINITY;
  return {
    show(look, now) {
      const { backfill } = look;
      const isDue = backfill.state !== state || now.getTime() - at >= LINE_INTERVAL_MILLISECONDS;
      const counted = JSON.stringify(countsOf(backfill));
      if (!isDue || counted === printed) return;
      io.stdout(options.isJson ? `${toAsciiJson(backfill)}\n` : `${now.toISOString()} ${progressLine(look)}\n`);
      printed = counted;
      state = backfill.state;
      at = now.getTime();
    },
    refresh() {},
    clear() {},
    end() {},
  };
}

/** Without what changes by time alone. */
function countsOf({ etaSeconds, objectsPerSecond, megabytesPerSecond, ...counts }: BackfillBody): object {
  return counts;
}
