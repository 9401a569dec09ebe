import type { Environment } from '../shared/environment.ts';

/** All that a command has of the process around it, so that it runs in tests as it does at a terminal. */
export interface CliIo {
  readonly environment: Environment;
  /** What was asked for, and nothing else: it may be piped on. */
  readonly stdout: (text: string) => void;
  /** Progress, warnings, and why it did not succeed. */
  readonly stderr: (text: string) => void;
  /** Whether stdout is a terminal, one that knows how to move its cursor. */
  readonly isTerminal: boolean;
  /** How wide that is now; it changes when somebody resizes it. */
  readonly columns: number;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}
