import type { Account } from './account.ts';
import type { LongPolls } from './long-polls.ts';
import type { MessageMoveTasks } from './message-move-tasks.ts';
import type { Input } from './read-input.ts';

/** `duplicate`: each message once more; `reorder`: any message next; `expire`: receipt handles are worth nothing. */
export type MessageFault = 'duplicate' | 'reorder' | 'expire';

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
  /** What goes wrong with the messages at hand, on purpose; asking counts. Undefined: nothing. */
  faultOf(kind: MessageFault): { random(): number } | undefined;
}

/** Members that are undefined are left out of the answer. */
export type Output = Readonly<Record<string, unknown>>;

export type Action = (call: SqsCall) => Output | Promise<Output>;
