// What anybody may put into a queue. Never anything but `malformed-message`, quickly, in a reason that a person can read and SQS takes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SQS_MESSAGE_MAX_BYTES } from '../../../../shared/limits.ts';
import { attributeText } from '../../../../shared/messages/attribute-text.ts';
import { formatMessage } from '../../../../shared/messages/format-message.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { anyJson, mutated, mutatedText } from '../../../fixtures/hostile-json.ts';
import { VALID_MESSAGES } from '../../../fixtures/hostile-messages.ts';

const REASON_MAX_CHARACTERS = 1_500;

/** How a body was understood; undefined when it was refused. Fails for a refusal that is not one of ours, or not fit to be shown. */
function read(body: string): ReturnType<typeof parseMessage> | undefined {
  try {
    return parseMessage(body);
  } catch (error) {
    expect(error).toMatchObject({ name: 'BridgeError', kind: 'permanent', code: 'malformed-message' });
    const { message } = error as Error;
    expect(message.length).toBeLessThanOrEqual(REASON_MAX_CHARACTERS);
    expect(message).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u);
    return undefined;
  }
}

describe('a message is understood in full, or refused in words', () => {
  test('whatever JSON it is', () => {
    fc.assert(
      fc.property(anyJson(), value => void read(JSON.stringify(value))),
      { numRuns: 500 },
    );
  });

  test('when a valid one has one place spoilt; what is read is what was written', () => {
    let understood = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...VALID_MESSAGES).chain(mutated), value => {
        const body = JSON.stringify(value) ?? '';
        const parsed = read(body);
        if (parsed === undefined) {
          refused++;
          return;
        }
        understood++;
        expect(JSON.parse(formatMessage(parsed.message))).toEqual(JSON.parse(body));
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(understood, refused)).toBeGreaterThan(50);
  });

  test('when the text of a valid one is spoilt', () => {
    const text = fc.constantFrom(...VALID_MESSAGES).chain(message => mutatedText(JSON.stringify(message)));
    fc.assert(
      fc.property(text, body => void read(body)),
      { numRuns: 500 },
    );
  });

  test.each([
    ['where a batch begins', { backfill: 'b', batch: 'x', from: '\ud800', to: 'z' }],
    ['where a batch ends', { backfill: 'b', batch: 'x', from: '', to: 'a\udfff' }],
  ])('not with half a character %s, which no listing could be asked for', (_name, message) => {
    expect(read(JSON.stringify(message))).toBeUndefined();
  });
});

describe('a refusal', () => {
  test.each([
    ['an unknown field with a long name', `{"key":"a","${'n'.repeat(900_000)}":1}`],
    ['an unknown field with a hostile name', '{"key":"a","\\u001b[31m\\r\\n\\u009b2J\\u2028\\u202e\\ud800":1}'],
    ['text that is no JSON', '\u001b[31m\r\n\u009b2J\u2028\u202e\ud800'],
    ['a hostile text in the place of JSON', '{"key": \u001b[31m\u009b2J}'],
    ['a key that is too long', `{"key":"${'\u009b'.repeat(1_024)}"}`],
  ])('of %s is short and has nothing that moves a cursor', (_name, body) => {
    expect(read(body)).toBeUndefined();
  });

  test.each([
    [
      'a hundred thousand unknown fields',
      `{"key":"a"${Array.from({ length: 70_000 }, (_, at) => `,"f${at}":1`).join('')}}`,
    ],
    ['half a million arrays in each other', `{"key":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['objects in each other', `{"key":"a","x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    [
      'a hundred thousand objects in a batch',
      `{"backfill":"b","batch":"x","from":"","to":"","objects":[${'{},'.repeat(300_000)}{}]}`,
    ],
    ['a long key', `{"key":"${'k'.repeat(1_000_000)}"}`],
  ])('of %s takes little work', (_name, body) => {
    expect(body.length).toBeLessThanOrEqual(SQS_MESSAGE_MAX_BYTES);
    const before = process.cpuUsage();
    expect(read(body)).toBeUndefined();
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });
});

test('as the value of an attribute, any text is one that SQS takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_200 }), text => {
      const value = attributeText(text);
      expect(value).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u);
      expect(value.length).toBeLessThanOrEqual(1_000);
    }),
  );
});
