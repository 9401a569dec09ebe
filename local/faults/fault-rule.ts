// What can be asked to go wrong: one rule is whom it strikes, how often, and with what. The schema is what the admin endpoint takes; the
// types are derived from it. docs/local-cloud.md is this file in prose.

import { type Static, Type } from 'typebox';

export const SERVICES = ['oss', 's3', 'sqs', 'ledger'] as const;
export type Service = (typeof SERVICES)[number];

const strict = { additionalProperties: false };
const Milliseconds = Type.Number({ minimum: 0, maximum: 86_400_000 });
const Bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Left out: the middle of the body. */
const Place = Type.Optional(Bytes);
const HeaderText = Type.String({ maxLength: 8192 });

/** By kind. */
export const FAULT_SCHEMAS = {
  latency: Type.Object(
    {
      kind: Type.Literal('latency'),
      milliseconds: Milliseconds,
      jitterMilliseconds: Type.Optional(Milliseconds),
      at: Type.Optional(Type.Enum(['before', 'before-effect'])),
    },
    strict,
  ),
  bandwidth: Type.Object(
    { kind: Type.Literal('bandwidth'), bytesPerSecond: Type.Integer({ minimum: 1, maximum: 1e12 }) },
    strict,
  ),
  status: Type.Object(
    {
      kind: Type.Literal('status'),
      status: Type.Integer({ minimum: 200, maximum: 599 }),
      code: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.]{1,100}$' })),
      message: Type.Optional(Type.String({ maxLength: 1000 })),
      retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    strict,
  ),
  reset: Type.Object(
    {
      kind: Type.Literal('reset'),
      at: Type.Enum(['before', 'in-request-body', 'in-response-body', 'after']),
      afterBytes: Place,
    },
    strict,
  ),
  truncate: Type.Object(
    { kind: Type.Literal('truncate'), afterBytes: Place, length: Type.Enum(['right', 'wrong']) },
    strict,
  ),
  stall: Type.Object(
    { kind: Type.Literal('stall'), afterBytes: Place, milliseconds: Type.Optional(Milliseconds) },
    strict,
  ),
  flip: Type.Object(
    { kind: Type.Literal('flip'), atByte: Place, of: Type.Optional(Type.Enum(['request', 'response'])) },
    strict,
  ),
  header: Type.Object(
    { kind: Type.Literal('header'), name: HeaderText, value: Type.Union([HeaderText, Type.Null()]) },
    strict,
  ),
  redirect: Type.Object(
    { kind: Type.Literal('redirect'), status: Type.Enum([301, 302, 303, 307, 308]), location: HeaderText },
    strict,
  ),
  gzip: Type.Object({ kind: Type.Literal('gzip') }, strict),
  clock: Type.Object(
    { kind: Type.Literal('clock'), offsetSeconds: Type.Number({ minimum: -1e9, maximum: 1e9 }) },
    strict,
  ),
  duplicate: Type.Object({ kind: Type.Literal('duplicate') }, strict),
  reorder: Type.Object({ kind: Type.Literal('reorder') }, strict),
  expire: Type.Object({ kind: Type.Literal('expire') }, strict),
  lock: Type.Object(
    { kind: Type.Literal('lock'), milliseconds: Milliseconds, pauseMilliseconds: Type.Optional(Milliseconds) },
    strict,
  ),
};

export type FaultKind = keyof typeof FAULT_SCHEMAS;
export type FaultOf<Kind extends FaultKind> = Static<(typeof FAULT_SCHEMAS)[Kind]>;
export type Fault = { [Kind in FaultKind]: FaultOf<Kind> }[FaultKind];

export const FAULT_KINDS: readonly FaultKind[] = Object.values(FAULT_SCHEMAS).map(
  ({ properties }) => properties.kind.const,
);

/** All of a rule but the details of its fault. */
export const RuleSchema = Type.Object(
  {
    service: Type.Enum([...SERVICES]),
    /** Left out: every operation. */
    operation: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })])),
    key: Type.Optional(Type.String()),
    keyPrefix: Type.Optional(Type.String()),
    /** Name of a queue. */
    queue: Type.Optional(Type.String()),
    /** So many of the matching requests pass first. Default 0. */
    skip: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Strikes so often at most. Default: for ever. */
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Of each matching request. Default 1. */
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** Of all that is random about the rule: the same requests in the same order meet the same faults. Default 1. */
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    /** The SQLite file of a `ledger` rule. */
    ledgerPath: Type.Optional(Type.String({ minLength: 1 })),
    fault: Type.Object({ kind: Type.Enum([...FAULT_KINDS]) }),
  },
  strict,
);

export type FaultRule = Readonly<Omit<Static<typeof RuleSchema>, 'fault'>> & { readonly fault: Readonly<Fault> };

/** What `list` and the admin endpoint tell of a rule. */
export type FaultStatus = FaultRule & {
  readonly id: string;
  /** Requests that the rule is about, those that it let pass included. */
  readonly matched: number;
  readonly struck: number;
  /** Why it cannot strike any more, where that is so. */
  readonly problem?: string;
};
