// What every refusal looks like: https://www.rfc-editor.org/rfc/rfc9457

import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';

export const FieldFault = Type.Object(
  { field: Type.String(), message: Type.String() },
  { additionalProperties: false },
);
export type FieldFault = Static<typeof FieldFault>;

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A URN that ends in the code.' }),
    title: Type.String({ description: 'The same for every problem of this code.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong this time and what to do about it.' }),
    code: Type.String({ description: 'Stable; what programs compare.' }),
    instance: Type.String({ description: 'The path that was asked for.' }),
    requestId: Type.String({ description: 'Also in the header X-Request-Id and in the log.' }),
    errors: Type.Optional(Type.Array(FieldFault, { description: 'Each faulty field of the request.' })),
  },
  { title: 'Problem', additionalProperties: false },
);
export type Problem = Static<typeof Problem>;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Pick<Problem, 'title' | 'status' | 'detail' | 'code'> & { readonly errors?: readonly FieldFault[] },
): void {
  const { title, status, detail, code, errors } = problem;
  const body: Problem = {
    type: `urn:problem-type:oss-s3-bridge:${code}`,
    title,
    status,
    detail,
    code,
    instance: pathOf(request.url),
    requestId: request.id,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  // Set as JSON text: the route's own response schema is for its successes.
  void reply.code(status).type(PROBLEM_CONTENT_TYPE).serializer(JSON.stringify).send(body); // a reply is a thenable; Fastify waits for it
}

/** Without the query: it may hold keys, and it is not what went wrong. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
