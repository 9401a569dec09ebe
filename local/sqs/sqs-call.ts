import type { Account } from './account.ts';
import type { LongPolls } from './long-polls.ts';
import type { MessageMoveTasks } from './message-move-tasks.ts';
import type { Input } from './read-input.ts';

/** One request, verified and parsed. */
export interface SqsCall {
  readonly account: Account;
  readonly longPolls: LongPolls;
  readonly moveTasks: MessageMoveTasks;
  readonly input: Input;
  /** The access key id. */
  readonly senderId: string;
  /** Where clients reach this server: what queue URLs begin with. */
  readonly endpoint: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Members that are undefined are left out of the answer. */
export type Output = Readonly<Record<string, unknown>>;

export type Action = (call: SqsCall) => Output | Promise<Output>;
