// Whatever is received: it ends in a disposition, nothing is thrown, nothing is reconciled that was not named, and no log line carries raw text of it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHandleMessage } from '../../../aws-worker/handle-message.ts';
import { toDeadLetterCopy } from '../../../aws-worker/queue/dead-letter-copy.ts';
import type { Disposition } from '../../../aws-worker/queue/disposition.ts';
import { countMessageBytes } from '../../../aws-worker/queue/message-batches.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../../shared/limits.ts';
import { createLog } from '../../../shared/log.ts';
import { anyJson, hostileValue, mutated, mutatedText } from '../../fixtures/hostile-json.ts';
import { VALID_MESSAGES } from '../../fixtures/hostile-messages.ts';
import { type BackfillFixture, createBackfillFixture, error, received, SIGNAL } from './backfill/backfill-fixture.ts';

const KINDS = ['done', 'replace', 'dead-letter', 'release'];

interface Bench {
  readonly fixture: BackfillFixture;
  readonly lines: string[];
  handle(body: string): Promise<Disposition>;
}

async function createBench(): Promise<Bench> {
  const fixture = await createBackfillFixture();
  const lines: string[] = [];
  const log = createLog({ level: 'debug', write: line => lines.push(line) });
  const { messages } = fixture;
  const handle = createHandleMessage({
    ...messages,
    log,
    live: { ...messages.live, log },
    backfill: { ...messages.backfill, log },
  });
  return { fixture, lines, handle: body => handle(received(body), { signal: SIGNAL }) };
}

async function expectDisposition({ handle, lines }: Bench, body: string): Promise<Disposition> {
  const disposition = await handle(body);
  expect(KINDS).toContain(disposition.kind);
  if (disposition.kind === 'dead-letter') {
    const { code, reason } = disposition;
    expect(code).toMatch(/^[a-z-]+$/);
    expect(reason).toMatch(/\S/);
    const copy = toDeadLetterCopy({ body: disposition.body ?? body, code, reason, sourceQueue: 'live' });
    expect(copy.body).toBe(disposition.body ?? body);
    expect(countMessageBytes(copy)).toBeLessThanOrEqual(SQS_MESSAGE_MAX_BYTES);
  }
  for (const line of lines.splice(0)) expect(line).toMatch(/^[\x20-\x7e]*\n$/);
  return disposition;
}

describe('a message that nobody foresaw ends in a disposition', () => {
  test('of any JSON, or of none: a dead letter, with a reason', async () => {
    const bench = await createBench();
    const body = fc.oneof(
      anyJson().map(value => JSON.stringify(value)),
      fc.string({ unit: 'binary', maxLength: 300 }),
      hostileValue().map(value => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async text => {
        // What happens to be a message is for the next test.
        const disposition = await expectDisposition(bench, text);
        if (disposition.kind === 'dead-letter') expect(disposition.code).toBe('malformed-message');
      }),
      { numRuns: 300 },
    );
  });

  test('when one place of a real one is spoilt', async () => {
    const bench = await createBench();
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...VALID_MESSAGES).chain(mutated), async value => {
        const { kind } = await expectDisposition(bench, JSON.stringify(value) ?? '');
        ends.set(kind, (ends.get(kind) ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
    expect(ends.get('dead-letter')).toBeGreaterThan(50);
    expect(ends.get('done')).toBeGreaterThan(20);
  });

  test('when the text of a real one is spoilt', async () => {
    const bench = await createBench();
    const text = fc.constantFrom(...VALID_MESSAGES).chain(message => mutatedText(JSON.stringify(message)));
    await fc.assert(
      fc.asyncProperty(text, async body => void (await expectDisposition(bench, body))),
      { numRuns: 300 },
    );
  });

  test('whatever its backfill owes, in the name of a debt that is real', async () => {
    const bench = await createBench();
    const { fixture } = bench;
    fixture.addObjects(3);
    const id = await fixture.start();
    await fixture.workOffOne();
    const [batch = ''] = fixture.queue.bodies.filter(body => body.includes('"objects"'));
    const owed: unknown = JSON.parse(batch);
    await fc.assert(
      fc.asyncProperty(mutated(owed), async value => {
        await expectDisposition(bench, JSON.stringify(value) ?? '');
        const { counts } = await fixture.backfill(id);
        const ended = Object.values(counts.byOutcome).reduce((sum, { objects }) => sum + objects, 0);
        expect(ended + counts.remaining.objects).toBe(counts.found.objects);
      }),
      { numRuns: 200 },
    );
    expect(fixture.requests.length).toBeGreaterThan(0);
  });
});

const HOSTILE_KEYS = [
  '\u001b[31mred\u001b[0m',
  'line\r\n{"level":"error","message":"forged"}',
  '\u009b2J\u2028\u2029\u202egnp.exe',
  '\u0000\u0007\u007f',
  '\ufffe\uffff\ufffd',
  '</script><script>alert(1)</script>',
  '__proto__',
];

describe('a hostile key', () => {
  test.each(HOSTILE_KEYS)('reaches its work as it is, and no line of the log raw: %j', async key => {
    const bench = await createBench();
    const body = JSON.stringify({ key, size: 1 });
    for (const kind of ['permanent', 'retryable'] as const) {
      bench.fixture.answerWith(() => {
        throw error(`source-${key}`, kind);
      });
      const lines = bench.lines;
      const { kind: end } = await bench.handle(body);
      expect(end).toBe(kind === 'permanent' ? 'dead-letter' : 'replace');
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toMatch(/^[\x20-\x7e]*\n$/);
        expect(JSON.parse(line).sourceKey).toBe(key);
      }
    }
    expect(bench.fixture.requests.map(request => request.key)).toEqual([key, key]);
    expect((await bench.fixture.ledger.listFailures({ backfill: undefined, after: '', limit: 9 }))[0]?.key).toBe(key);
  });
});
