// Fastify with our types: a route's schema is its handler's types, and what OpenAPI says about it stands beside it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import { Type } from 'typebox';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    isPublic?: boolean;
    /** Refused with 405: there for the answer alone. */
    isRefusal?: boolean;
    operationId?: string;
    summary?: string;
    /** Statuses that this route answers with a problem, besides those that follow from its schema. */
    problemStatuses?: readonly number[];
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** For routes that take no query, or no body: whoever sends one has misunderstood something and is told so. */
export const Nothing = Type.Object({}, { additionalProperties: false });

export const BackfillId = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
);
