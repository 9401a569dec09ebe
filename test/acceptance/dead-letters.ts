// What is in the dead-letter queue of an object, and that each letter says why it is there: docs/message-format.md.

import { expect } from 'vitest';
import { LOCAL, type LocalCloud } from '../../local/local-cloud.ts';

export interface DeadLetter {
  readonly body: string;
  readonly code: string | undefined;
  readonly reason: string | undefined;
}

/** Of a body that names this key. */
export function deadLettersOf({ sqs }: LocalCloud, key: string): readonly DeadLetter[] {
  return sqs
    .peek(LOCAL.deadLetterQueue)
    .filter(({ body }) => body.includes(JSON.stringify(key)))
    .map(({ body, attributes }) => ({
      body,
      code: attributes.Code?.StringValue,
      reason: attributes.Reason?.StringValue,
    }));
}

/** There is one at least, and each has this code and a sentence for people. */
export function expectReasons(letters: readonly DeadLetter[], code: string): void {
  expect(letters.length).toBeGreaterThan(0);
  for (const letter of letters) {
    expect(letter).toEqual({ body: letter.body, code, reason: expect.stringMatching(/\w.* .*\w/) });
  }
}
