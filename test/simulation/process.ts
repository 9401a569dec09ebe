// One life of a worker process. When it ends, its promises never resolve; requests that it had sent may still arrive.

/** A call is sent; it has taken effect, and its caller knows nothing yet; its caller has heard, and gone on. */
export interface Moment {
  readonly operation: string;
  readonly role?: string | undefined;
  readonly phase: 'sent' | 'done' | 'heard';
}

export interface OpenCall {
  /** Its caller is gone. */
  abandon(): void;
}

export class Process {
  readonly name: string;
  readonly calls = new Set<OpenCall>();
  /** Until then its requests to extend a receipt do not get through. */
  cutOffUntil = 0;
  /** Until then work of messages that others have by now may be under way. */
  hasLostReceiptsUntil = 0;
  /** It came to the end of its shutdown, so whatever it had received is settled. */
  hasStopped = false;
  #isDead = false;

  constructor(name: string) {
    this.name = name;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  die(): void {
    this.#isDead = true;
    for (const call of this.calls) call.abandon();
    this.calls.clear();
  }
}
