// Whatever Function Compute hands over: the handler ends well or with a BridgeError, and every message that it sends is one that the worker reads,
// about the very key that the event named.

import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { handleOssEvent, type MessageSender } from '../../../aliyun-fc/handle-oss-event.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { createLog } from '../../../shared/log.ts';
import { formatMessage } from '../../../shared/messages/format-message.ts';
import { parseMessage } from '../../../shared/messages/parse-message.ts';
import { anyJson, mutated, mutatedText } from '../../fixtures/hostile-json.ts';
import { ossEventJson } from '../../fixtures/oss-events/read-fixture.ts';
import { unicodeText } from '../../fixtures/unicode-text.ts';

const FIXTURES = readdirSync(new URL('../../fixtures/oss-events/', import.meta.url))
  .filter(name => name.endsWith('.json') && name !== 'misplaced-braces.json')
  .map(name => ossEventJson(name.replace(/\.json$/, '')));

/** What became of an event: the bodies that were sent, and the error if there was one. Fails for whatever a handler must not do. */
async function deliver(event: unknown): Promise<{ bodies: readonly string[]; error: BridgeError | undefined }> {
  const bodies: string[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'debug', write: line => lines.push(line) });
  const sender: MessageSender = { send: async messages => void bodies.push(...messages.map(formatMessage)) };
  let error: unknown;
  try {
    await handleOssEvent(event, { sender, followSymlinks: true, log });
  } catch (thrown) {
    error = thrown;
  }
  if (error !== undefined && !(error instanceof BridgeError)) throw new Error('not a BridgeError', { cause: error });
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*\n$/);
  return { bodies, error };
}

/** Each message is ASCII, is read by the worker, and names the key of a record as it was. */
function expectReadable(bodies: readonly string[], event: unknown): void {
  const keys = keysIn(event);
  for (const body of bodies) {
    expect(body).toMatch(/^[\x20-\x7e]+$/);
    const parsed = parseMessage(body);
    if (parsed.kind !== 'object') throw new Error(`It was read as a ${parsed.kind}.`);
    expect(keys).toContain(parsed.message.key);
    expect(JSON.parse(body)).toEqual(parsed.message);
  }
}

function keysIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => (name === 'key' ? [child] : keysIn(child)));
}

const event = (object: object, bucket = 'b') => ({
  events: [{ eventName: 'ObjectCreated:PutObject', oss: { bucket: { name: bucket }, object } }],
});

describe('an event that nobody foresaw', () => {
  test('of any JSON is refused, or forwarded as it is', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson(), async json => {
        for (const given of [json, JSON.stringify(json), Buffer.from(JSON.stringify(json))]) {
          const { bodies } = await deliver(given);
          expectReadable(bodies, json);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of any bytes is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
        const { bodies, error } = await deliver(bytes);
        expect(bodies).toEqual([]);
        expect(error).toMatchObject({ kind: 'permanent', code: 'malformed-event' });
      }),
      { numRuns: 200 },
    );
  });

  test('that was a real one, with one place of it spoilt, sends nothing that the worker could not read', async () => {
    let forwarded = 0;
    const spoiltEvent = fc.constantFrom(...FIXTURES).chain(mutated);
    await fc.assert(
      fc.asyncProperty(spoiltEvent, async spoilt => {
        const bytes = Buffer.from(JSON.stringify(spoilt) ?? '');
        const { bodies } = await deliver(bytes);
        forwarded += bodies.length;
        expectReadable(bodies, spoilt);
      }),
      { numRuns: 1_000 },
    );
    expect(forwarded).toBeGreaterThan(100);
  });

  test('that was a real one, with its text spoilt, is refused or says the same of a key', async () => {
    const text = fc.constantFrom(...FIXTURES).chain(fixture => mutatedText(JSON.stringify(fixture)));
    await fc.assert(
      fc.asyncProperty(text, async spoilt => {
        const { bodies } = await deliver(spoilt);
        if (bodies.length > 0) expectReadable(bodies, JSON.parse(spoilt));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['nothing at all', undefined],
    ['a function', () => undefined],
    ['a symbol', Symbol('event')],
    ['a thousand arrays in each other', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
    ['a hundred thousand arrays in each other', `{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['records that are none', { events: [null, 7, 'x', [], {}] }],
    ['a prototype of its own', JSON.parse('{"__proto__":{"events":[{}]}}')],
    ['a bucket with a name that no bucket has', event({ key: 'k' }, 'b'.repeat(64))],
    ['half a character', Buffer.from([0x22, 0xe4, 0xb8, 0x22])],
  ])('such as %s is refused', async (_name, hostile) => {
    expect(await deliver(hostile)).toMatchObject({ bodies: [], error: { kind: 'permanent', code: 'malformed-event' } });
  });
});

describe('a key', () => {
  test('of any text that OSS can hold is sent as it is', async () => {
    const keys = unicodeText({ minLength: 1, maxLength: 250 }).filter(key => Buffer.byteLength(key) <= 1023);
    await fc.assert(
      fc.asyncProperty(keys, async key => {
        const { bodies } = await deliver(Buffer.from(JSON.stringify(event({ key }))));
        expect(bodies.map(body => parseMessage(body).message)).toEqual([{ key, bucket: 'b' }]);
      }),
    );
  });

  test.each([
    ['has a lone surrogate', 'a\ud800'],
    ['has 1,024 bytes', 'ä'.repeat(512)],
    ['is a number', 7],
    ['is a list', ['a']],
  ])('that %s fails, and the others of the event are sent', async (_name, key) => {
    const { events } = event({ key: 'good' });
    const { bodies, error } = await deliver({ events: [...event({ key }).events, ...events] });
    expect(bodies.map(body => parseMessage(body).message)).toEqual([{ key: 'good', bucket: 'b' }]);
    expect(error).toMatchObject({ code: 'malformed-event' });
  });
});

test.each([
  ['an ETag that is a book', event({ key: 'k', eTag: 'e'.repeat(100_000) })],
  ['a size that is none', event({ key: 'k', size: -7 })],
])('%s keeps no key from the worker', async (_name, hostile) => {
  const { bodies, error } = await deliver(hostile);
  expect(error).toBeUndefined();
  expect(bodies.map(body => parseMessage(body).message)).toMatchObject([{ key: 'k' }]);
});
