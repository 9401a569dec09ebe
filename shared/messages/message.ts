// The messages on the queues. An object message is a hint that a key may have changed, never an order to replay an event; that is why
// `size`, `etag` and `eventTime` may be stale without harm. Strict: what isn't exactly one of these is refused, and dead-lettered by
// whoever received it. docs/message-format.md is this file in prose.

import { type Static, Type } from 'typebox';
import { BATCH_MAX_OBJECTS } from '../limits.ts';

const Key = Type.String({ minLength: 1, maxLength: 1024 });
const SizeBytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Etag = Type.String({ minLength: 1, maxLength: 256 });
/** How long it waited for trouble that looked like everybody's: trouble-waits.ts. */
const Waits = Type.Integer({ minimum: 0, maximum: 10_000 });
/** It was worked on before, and put back: what was begun then may not have ended. */
const Again = Type.Literal(true);
const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });

/** One key to reconcile. `{"key","size"}` alone is what the predecessors' functions send, some with a `sequencer`. */
export const ObjectMessage = Type.Object(
  {
    key: Key,
    size: Type.Optional(SizeBytes),
    /** The source bucket; a foreign one is dead-lettered. */
    bucket: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    etag: Type.Optional(Etag),
    eventTime: Type.Optional(Type.String({ maxLength: 40 })),
    sequencer: Type.Optional(Type.String({ maxLength: 128 })),
    /** How often this object was put back with a delay: its own failures, not crashes, which the receive count tells. */
    attempt: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    waits: Type.Optional(Waits),
    again: Type.Optional(Again),
    /** Both from a backfill: the object is a debt in its ledger. */
    backfill: Type.Optional(Id),
    batch: Type.Optional(Id),
  },
  { additionalProperties: false },
);
export type ObjectMessage = Static<typeof ObjectMessage>;

export const BatchObject = Type.Object(
  {
    key: Key,
    size: SizeBytes,
    etag: Type.Optional(Etag),
    /** What the lister saw at the destination: null is nothing, left out is unknown. */
    dest: Type.Optional(Type.Union([Etag, Type.Null()])),
  },
  { additionalProperties: false },
);
export type BatchObject = Static<typeof BatchObject>;

/** The keys in (from, to] as one unit of work and of counting. Without `objects` (a repeat), the receiver lists the interval itself. */
export const BatchMessage = Type.Object(
  {
    backfill: Id,
    batch: Id,
    from: Type.String({ maxLength: 1024 }),
    /** Empty: to the end of the bucket. */
    to: Type.String({ maxLength: 1024 }),
    objects: Type.Optional(Type.Array(BatchObject, { minItems: 1, maxItems: BATCH_MAX_OBJECTS })),
    waits: Type.Optional(Waits),
    again: Type.Optional(Again),
  },
  { additionalProperties: false },
);
export type BatchMessage = Static<typeof BatchMessage>;

/** A key range to list, from its checkpoint on. */
export const RangeMessage = Type.Object({ backfill: Id, range: Id }, { additionalProperties: false });
export type RangeMessage = Static<typeof RangeMessage>;

export type Message =
  | { readonly kind: 'object'; readonly message: ObjectMessage }
  | { readonly kind: 'batch'; readonly message: BatchMessage }
  | { readonly kind: 'range'; readonly message: RangeMessage };
