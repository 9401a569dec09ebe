// What comes in the place of an error's short document: bombs, pages of HTML without end, hostile texts. It is read within bounds, and becomes an error
// that a person can read in a terminal.

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { type Fault, type Harness, startHarness } from './oss-source-harness.ts';
import { EMPTY, never, PLAIN, startTestDestination } from './s3-destination-fixture.ts';

const signal = never;
const LAUGHS = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join(
  '',
);
const HOSTILE_TEXT = '\u001b[31m\r\n{"level":"error"}\u009b2J\u202e\u2028&#27;[2J&#x9b;';
const MAX_MESSAGE_CHARACTERS = 2_000;
const MAX_MILLISECONDS = 5_000;

const BODIES: readonly (readonly [name: string, body: string | Buffer])[] = [
  ['nothing', ''],
  ['HTML', '<!doctype html><html><head><title>502</title></head><body>nginx</body></html>'],
  [
    'entities that grow',
    `<!DOCTYPE x [<!ENTITY l0 "ha">${LAUGHS}]><Error><Code>&l9;</Code><Message>&l9;</Message></Error>`,
  ],
  [
    'a file of this machine',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Error><Code>&e;</Code><Message>&e;</Message></Error>',
  ],
  ['elements in each other', `<Error><Code>Bomb</Code>${'<a>'.repeat(500_000)}${'</a>'.repeat(500_000)}</Error>`],
  ['a million attributes', `<Error ${'a="b" '.repeat(1_000_000)}><Code>Bomb</Code></Error>`],
  ['a million elements', `<Error>${'<Code>Bomb</Code>'.repeat(1_000_000)}</Error>`],
  ['a code that is a book', `<Error><Code>${'C'.repeat(60_000)}</Code><Message>m</Message></Error>`],
  ['a message that is a book', `<Error><Code>Bomb</Code><Message>${'m'.repeat(60_000)}</Message></Error>`],
  [
    'hostile texts',
    `<Error><Code>${HOSTILE_TEXT}</Code><Message>${HOSTILE_TEXT}</Message><EC>${HOSTILE_TEXT}</EC><RequestId>${HOSTILE_TEXT}</RequestId><Endpoint>${HOSTILE_TEXT}</Endpoint><Region>${HOSTILE_TEXT}</Region></Error>`,
  ],
  ['a document cut short', '<Error><Code>Bom'],
  [
    'names of the prototype',
    '<Error><__proto__><Code>x</Code></__proto__><constructor>x</constructor><toString>x</toString></Error>',
  ],
  ['megabytes of HTML', `<html>${'<p>x</p>'.repeat(1_000_000)}</html>`],
  ['bytes that are no text', Buffer.alloc(100_000, 0xff)],
];

/** Short, of one line, and with nothing that moves a cursor: as it may go to a terminal at start. */
async function expectReadable(work: Promise<unknown>): Promise<BridgeError> {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BridgeError)) throw new Error('It was to fail with a BridgeError.', { cause: error });
  expect(performance.now() - startedAt).toBeLessThan(MAX_MILLISECONDS);
  expect(error.message.length).toBeLessThan(MAX_MESSAGE_CHARACTERS);
  expect(error.message).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
  expect(error.message).not.toContain('root:');
  return error;
}

/** For ever, as fast as it is read; returns how many bytes went out. */
function sendWithoutEnd(response: ServerResponse): { readonly sentBytes: () => number } {
  const chunk = Buffer.alloc(1 << 18, '<p>x</p>');
  let sentBytes = 0;
  const send = () => {
    while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    if (!response.destroyed) response.once('drain', send);
  };
  send();
  return { sentBytes: () => sentBytes };
}

/** What is read of a document at most, twice over for a repeat, and what the sockets of both sides hold. */
const BOUND_BYTES = 48 << 20;

describe('of OSS', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.close());

  const always = (act: Fault) => {
    const fault: Fault = exchange => {
      harness.faults.push(fault);
      return act(exchange);
    };
    harness.faults.push(fault);
  };
  const retry = { attempts: 2, baseMilliseconds: 1 };

  describe.each([403, 404, 503])('with status %i', status => {
    test.each(BODIES)('%s', async (_name, body) => {
      always(({ request, response }) => {
        const text = request.method === 'HEAD' ? undefined : body;
        response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
        return true;
      });
      const source = harness.source({ retry });
      const codes = await Promise.all(
        [source.open('k', { signal }), source.head('k', { signal })].map(
          async work => (await expectReadable(work)).code,
        ),
      );
      // Only OSS's own words make an object missing.
      expect(codes).not.toContain('source-missing');
      const page = harness.listing({ retry }).list({ prefix: '', startAfter: '', limit: 1, signal });
      await expectReadable(page);
    });
  });

  test('in the header of a HEAD', async () => {
    always(({ response }) => {
      const xml = `<Error><Code>${HOSTILE_TEXT}</Code><Message>${'m'.repeat(8_000)}</Message></Error>`;
      response
        .writeHead(403, { 'x-oss-err': Buffer.from(xml).toString('base64'), 'x-oss-request-id': '\u00c2\u009b31m' })
        .end();
      return true;
    });
    await expectReadable(harness.source({ retry }).head('k', { signal }));
  });

  test('without end, and not read for ever', async () => {
    const sent: (() => number)[] = [];
    always(({ response }) => {
      response.writeHead(403, { 'content-type': 'text/html' });
      sent.push(sendWithoutEnd(response).sentBytes);
      return true;
    });
    const source = harness.source({ retry });
    await expectReadable(source.open('k', { signal }));
    await expectReadable(source.tags('k', { signal }));
    for (const sentBytes of sent) expect(sentBytes()).toBeLessThan(BOUND_BYTES);
  });

  test('a byte at a time, and not waited for', async () => {
    always(({ response }) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    const timeouts = { bodyMilliseconds: 5_000, documentMilliseconds: 200 };
    await expectReadable(harness.source({ retry, timeouts }).open('k', { signal }));
  });
});

describe('of S3', () => {
  let server: Awaited<ReturnType<typeof startTestDestination>>;
  beforeEach(async () => {
    server = await startTestDestination();
  });
  afterEach(() => server.close());

  const body = Buffer.from('the body');
  const upload = { key: 'k', uploadId: 'u' };
  const part = { partNumber: 1, sizeBytes: body.length, etag: 'e', crc32: crc32(body) };

  function calls() {
    const destination = server.open({ retry: { maxAttempts: 2, baseMilliseconds: 1, maximumMilliseconds: 1 } });
    const checksum = crc32(body);
    return [
      () => destination.put({ key: 'k', body, crc32: checksum, condition: EMPTY, description: PLAIN, signal }),
      () => destination.createUpload({ key: 'k', description: PLAIN, signal }),
      () => destination.uploadPart({ upload, partNumber: 1, body, crc32: checksum, signal }),
      () => destination.listParts(upload, { signal }),
      () =>
        destination.completeUpload({ upload, parts: [part], sizeBytes: 8, crc32: checksum, condition: EMPTY, signal }),
      () => destination.listUploads('k', { signal }),
      () => destination.abortUpload(upload, { signal }),
      () => destination.head('k', { signal }),
    ];
  }

  describe.each([403, 500])('with status %i', status => {
    test.each(BODIES)('%s', async (_name, xml) => {
      server.faults.intercept = ({ request, response }) => {
        request.resume();
        response
          .writeHead(status, { 'content-type': 'application/xml' })
          .end(request.method === 'HEAD' ? undefined : xml);
        return true;
      };
      for (const call of calls()) expect((await expectReadable(call())).code).toMatch(/^(destination|upload)-/);
    });
  });

  test.each(BODIES)('and a 200 whose document is %s is no success', async (_name, xml) => {
    server.faults.intercept = ({ request, response }) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);
      return true;
    };
    const [put, create, uploadPart, listParts, complete, listUploads] = calls();
    for (const call of [put, create, uploadPart, listParts, complete, listUploads]) {
      if (call !== undefined) expect((await expectReadable(call())).kind).toBe('retryable');
    }
  });

  test('without end, and not read for ever', async () => {
    for (const status of [200, 403]) {
      const sent: (() => number)[] = [];
      server.faults.intercept = ({ request, response }) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/xml' });
        if (request.method === 'HEAD') response.end();
        else sent.push(sendWithoutEnd(response).sentBytes);
        return true;
      };
      // A HEAD has no document; to one that is refused without a word, a GET is asked.
      for (const call of status === 200 ? calls().slice(0, -1) : calls()) await expectReadable(call());
      for (const sentBytes of sent) expect(sentBytes()).toBeLessThan(BOUND_BYTES);
    }
  });

  test('a key of an upload that is no percent-encoding is no list of uploads', async () => {
    server.faults.intercept = ({ response }) => {
      const upload =
        '<Upload><Key>%zz</Key><UploadId>u</UploadId><Initiated>2026-11-03T10:00:00.000Z</Initiated></Upload>';
      response.end(
        `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${upload}</ListMultipartUploadsResult>`,
      );
      return true;
    };
    const list = server.destination.listUploads('k', { signal });
    expect(await expectReadable(list)).toMatchObject({ kind: 'retryable', code: 'destination-unavailable' });
  });

  test('a byte at a time, and not waited for', async () => {
    server.faults.intercept = ({ request, response }) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/xml' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const timeouts = { requestMilliseconds: 200, completeMilliseconds: 200 };
    const destination = server.open({ timeouts, retry: { maxAttempts: 1 } });
    const whole = { upload, parts: [part], sizeBytes: 8, crc32: crc32(body), condition: EMPTY, signal };
    expect(await expectReadable(destination.listParts(upload, { signal }))).toMatchObject({
      code: 'destination-unavailable',
    });
    expect(await expectReadable(destination.completeUpload(whole))).toMatchObject({ code: 'destination-unknown' });
  });
});
