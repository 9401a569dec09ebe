// Each kind of fault, as a client's socket sees it, at each service that can have it.

import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Fault, FaultRule } from '../../local/faults/fault-rule.ts';
import { KEY, putOf, type RawAnswer, type Service, sqsRequest, startFaultyCloud } from './local-faults-fixture.ts';

const SERVICES = ['oss', 's3', 'sqs'] as const satisfies readonly Service[];
const WRITE = { oss: 'PutObject', s3: 'PutObject', sqs: 'SendMessage' } as const;
const READ = { oss: 'GetObject', s3: 'GetObject', sqs: 'ReceiveMessage' } as const;
const TEXT = Array.from({ length: 2000 }, (_, index) => `${index} `.padStart(5)).join('');
/** On loopback, what is to come has come by then. */
const SILENCE_MILLISECONDS = 60;
/** A timer may be early by a little. */
const TOLERANCE_MILLISECONDS = 5;

const onWrite = (service: Service, fault: Fault): FaultRule => ({ service, operation: WRITE[service], fault });
const onRead = (service: Service, fault: Fault): FaultRule => ({ service, operation: READ[service], fault });
const silence = () => new Promise(resolve => setTimeout(resolve, SILENCE_MILLISECONDS));
const lengthOf = (answer: RawAnswer) => Number(answer.headers.get('content-length'));

/** The object; the message that is in the answer. */
function textIn(service: Service, body: Buffer): string {
  return service === 'sqs' ? JSON.parse(body.toString()).Messages[0].Body : body.toString();
}

async function startWithText(service: Service) {
  const faulty = await startFaultyCloud();
  expect((await faulty.put(service, TEXT)).status).toBe(200);
  return faulty;
}

describe.each(SERVICES)('%s', service => {
  it('without rules: what was written is read', async () => {
    const { read } = await startWithText(service);
    const answer = await read(service);
    expect(answer).toMatchObject({ status: 200, ending: 'FIN' });
    expect(textIn(service, answer.body)).toBe(TEXT);
  });

  it.each([
    ['reset before', { kind: 'reset', at: 'before' }, undefined],
    ['reset in the request’s body', { kind: 'reset', at: 'in-request-body', afterBytes: 1000 }, undefined],
    ['reset in the middle of the request’s body', { kind: 'reset', at: 'in-request-body' }, undefined],
    ['reset after', { kind: 'reset', at: 'after' }, TEXT],
  ] as const)('%s: no byte of an answer; the effect is none or whole', async (_, fault, effect) => {
    const { cloud, put, stored } = await startFaultyCloud();
    cloud.faults.add(onWrite(service, fault));
    const answer = await put(service, TEXT);
    expect(answer).toMatchObject({ status: 0, ending: 'RST' });
    expect(answer.body).toHaveLength(0);
    expect(await stored(service)).toBe(effect);
    expect(cloud.faults.list()).toMatchObject([{ matched: 1, struck: 1 }]);
  });

  it.each([0, 1, 1000])('reset in the response’s body after %d bytes: these come, then RST', async afterBytes => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'reset', at: 'in-response-body', afterBytes }));
    const answer = await read(service);
    expect(answer).toMatchObject({ status: 200, ending: 'RST' });
    expect(answer.body).toHaveLength(afterBytes);
    expect(lengthOf(answer)).toBeGreaterThanOrEqual(TEXT.length);
  });

  it.each([
    [{ kind: 'truncate', length: 'right', afterBytes: 1000 }, 1000],
    [{ kind: 'truncate', length: 'right', afterBytes: 0 }, 0],
    [{ kind: 'truncate', length: 'right' }, 'half'],
  ] as const)('truncated with the right length: %o', async (fault, bytes) => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, fault));
    const answer = await read(service);
    expect(answer).toMatchObject({ status: 200, ending: 'FIN' });
    expect(lengthOf(answer)).toBeGreaterThanOrEqual(TEXT.length);
    expect(answer.body).toHaveLength(bytes === 'half' ? Math.floor(lengthOf(answer) / 2) : bytes);
  });

  it.each([0, 1000])('truncated to %d bytes with a length that fits: nothing to be seen', async afterBytes => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'truncate', length: 'wrong', afterBytes }));
    const answer = await read(service);
    expect(answer).toMatchObject({ status: 200, ending: 'FIN' });
    expect(lengthOf(answer)).toBe(afterBytes);
    expect(answer.body).toHaveLength(afterBytes);
  });

  it('stalls in the body until the rule is removed, then goes on', async () => {
    const { cloud, start } = await startWithText(service);
    const id = cloud.faults.add(onRead(service, { kind: 'stall', afterBytes: 1000 }));
    const raw = start(service, service === 'sqs' ? sqsRequest('ReceiveMessage', {}) : { method: 'GET', key: KEY });
    const bytesOfBody = () => raw.received().length - (raw.received().indexOf('\r\n\r\n') + 4);
    await vi.waitFor(() => expect(bytesOfBody()).toBe(1000));
    await silence();
    expect(bytesOfBody()).toBe(1000);
    cloud.faults.remove(id);
    const answer = await raw.answer;
    expect(answer.ending).toBe('FIN');
    expect(textIn(service, answer.body)).toBe(TEXT);
  });

  it('stalls for a while', async () => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'stall', milliseconds: 50 }));
    const answer = await read(service);
    expect(answer.milliseconds).toBeGreaterThan(50 - TOLERANCE_MILLISECONDS);
    expect(textIn(service, answer.body)).toBe(TEXT);
  });

  it('flips one bit of what is read, and nothing else', async () => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'flip', atByte: 500, of: 'response' }));
    const answer = await read(service);
    const mended = Buffer.from(answer.body);
    mended[500] = (mended[500] ?? 0) ^ 1;
    expect(textIn(service, mended)).toBe(TEXT);
  });

  it('replaces, adds and removes headers', async () => {
    const { cloud, read } = await startWithText(service);
    const before = await read(service);
    for (const [name, value] of [
      ['Content-Type', 'x/y'],
      ['Age', '7'],
      ['date', null],
    ] as const) {
      cloud.faults.add(onRead(service, { kind: 'header', name, value }));
    }
    const { headers } = await read(service);
    expect(before.headers.get('date')).toBeDefined();
    expect(headers.get('date')).toBeUndefined();
    expect([headers.get('content-type'), headers.get('age')]).toEqual(['x/y', '7']);
  });

  it('compresses though nobody asked', async () => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'gzip' }));
    const answer = await read(service);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.has('content-length')).toBe(false);
    expect(answer.body.length).toBeLessThan(TEXT.length);
    expect(textIn(service, gunzipSync(answer.body))).toBe(TEXT);
  });

  it('has little bandwidth for requests and for responses', async () => {
    const { cloud, put, read } = await startFaultyCloud();
    cloud.faults.add({ service, fault: { kind: 'bandwidth', bytesPerSecond: 10 * TEXT.length } });
    expect((await put(service, TEXT)).milliseconds).toBeGreaterThan(100 - TOLERANCE_MILLISECONDS);
    const answer = await read(service);
    expect(answer.milliseconds).toBeGreaterThan(100 - TOLERANCE_MILLISECONDS);
    expect(textIn(service, answer.body)).toBe(TEXT);
  });

  it('is late', async () => {
    const { cloud, put } = await startFaultyCloud();
    cloud.faults.add(onWrite(service, { kind: 'latency', milliseconds: 40, jitterMilliseconds: 10 }));
    const answer = await put(service, TEXT);
    expect(answer.status).toBe(200);
    expect(answer.milliseconds).toBeGreaterThan(40 - TOLERANCE_MILLISECONDS);
  });

  it('does what was asked long after the client has given up', async () => {
    const { cloud, start, stored } = await startFaultyCloud();
    const id = cloud.faults.add(onWrite(service, { kind: 'latency', milliseconds: 60_000, at: 'before-effect' }));
    const raw = start(service, service === 'sqs' ? sqsRequest('SendMessage', { MessageBody: TEXT }) : putOf(TEXT));
    await vi.waitFor(() => expect(cloud.faults.list()).toMatchObject([{ struck: 1 }]));
    await silence();
    raw.leave();
    await raw.answer;
    await silence();
    expect(await stored(service)).toBeUndefined();
    cloud.faults.remove(id);
    await vi.waitFor(async () => expect(await stored(service)).toBe(TEXT));
  });

  it('answers with a status and a code in its own form, and does nothing', async () => {
    const { cloud, put, stored } = await startFaultyCloud();
    const fault = { kind: 'status', status: 503, code: 'SlowDown', message: 'Not now.', retryAfterSeconds: 3 } as const;
    cloud.faults.add(onWrite(service, fault));
    const answer = await put(service, TEXT);
    expect(answer).toMatchObject({ status: 503, ending: 'FIN' });
    expect(answer.headers.get('retry-after')).toBe('3');
    const text = answer.body.toString();
    if (service === 'sqs') {
      expect(JSON.parse(text)).toEqual({ __type: 'com.amazonaws.sqs#SlowDown', message: 'Not now.' });
      expect(answer.headers.get('x-amzn-query-error')).toBe('SlowDown;Receiver');
    } else {
      expect(text).toMatch(/<Error>.*<Code>SlowDown<\/Code>.*<Message>Not now.<\/Message>.*<RequestId>/s);
    }
    expect(await stored(service)).toBeUndefined();
  });

  it('redirects', async () => {
    const { cloud, read } = await startWithText(service);
    const location = 'http://127.0.0.1:1/elsewhere';
    cloud.faults.add(onRead(service, { kind: 'redirect', status: 307, location }));
    const answer = await read(service);
    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe(location);
    expect(answer.body.toString()).not.toContain(TEXT);
  });

  it.each([
    [60, 200],
    [20 * 60, 403],
    [-20 * 60, 403],
  ])('has a clock that is %d s off', async (offsetSeconds, status) => {
    const { cloud, read } = await startWithText(service);
    cloud.faults.add({ service, fault: { kind: 'clock', offsetSeconds } });
    const answer = await read(service);
    expect(answer.status).toBe(status);
    const seen = (Date.parse(answer.headers.get('date') ?? '') - Date.now()) / 1000;
    expect(Math.abs(seen - offsetSeconds)).toBeLessThan(3);
    if (status === 403) {
      expect(answer.body.toString()).toMatch(
        service === 'sqs' ? /Signature (expired|not yet)/ : 'RequestTimeTooSkewed',
      );
    }
  });

  it('closes while a body is stalled for ever and a request waits', async () => {
    const { cloud, start, put } = await startWithText(service);
    cloud.faults.add(onRead(service, { kind: 'stall' }));
    cloud.faults.add(onWrite(service, { kind: 'latency', milliseconds: 60_000 }));
    const stalled = start(service, service === 'sqs' ? sqsRequest('ReceiveMessage', {}) : { method: 'GET', key: KEY });
    const late = put(service, TEXT);
    await vi.waitFor(() => expect(cloud.faults.list().map(({ struck }) => struck)).toEqual([1, 1]));
    await cloud.close();
    await Promise.all([stalled.answer, late]);
  });
});

describe('an answer without a body', () => {
  it('is lost whole where a reset in the body was asked for', async () => {
    const { cloud, put, stored } = await startFaultyCloud();
    cloud.faults.add(onWrite('s3', { kind: 'reset', at: 'in-response-body' }));
    expect(await put('s3', TEXT)).toMatchObject({ status: 0, ending: 'RST' });
    expect(await stored('s3')).toBe(TEXT);
  });

  it('is held back whole where a stall was asked for', async () => {
    const { cloud, start, stored } = await startFaultyCloud();
    const id = cloud.faults.add(onWrite('s3', { kind: 'stall' }));
    const raw = start('s3', putOf(TEXT));
    await vi.waitFor(async () => expect(await stored('s3')).toBe(TEXT));
    await silence();
    expect(raw.received()).toHaveLength(0);
    cloud.faults.remove(id);
    expect(await raw.answer).toMatchObject({ status: 200, ending: 'FIN' });
  });

  it.each(['gzip', 'truncate'] as const)('stays as it is under %s', async kind => {
    const { cloud, send } = await startWithText('s3');
    cloud.faults.add({ service: 's3', fault: kind === 'gzip' ? { kind } : { kind, length: 'wrong', afterBytes: 1 } });
    const { status, headers } = await send('s3', { method: 'HEAD', key: KEY });
    expect([status, headers.get('content-length'), headers.get('content-encoding')]).toEqual([200, '10000', undefined]);
  });
});

describe('a bit that is flipped on the way in', () => {
  const flip = { kind: 'flip' } as const;

  it.each([
    ['the signed SHA-256', {}, 'XAmzContentSHA256Mismatch'],
    ['a checksum', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-checksum-crc32': 'y/Q5Jg==' }, 'BadDigest'],
  ])('is found by S3 with %s, and nothing is stored', async (_, headers, code) => {
    const { cloud, send, stored } = await startFaultyCloud();
    cloud.faults.add({ ...onWrite('s3', flip), times: 1 });
    const answer = await send('s3', { ...putOf('123456789'), headers });
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain(`<Code>${code}</Code>`);
    expect(await stored('s3')).toBeUndefined();
    expect((await send('s3', { ...putOf('123456789'), headers })).status).toBe(200);
  });

  it('is stored by OSS when nobody told it a digest', async () => {
    const { cloud, put, stored } = await startFaultyCloud();
    cloud.faults.add(onWrite('oss', { ...flip, atByte: 0 }));
    expect((await put('oss', 'abc')).status).toBe(200);
    expect(await stored('oss')).toBe('`bc');
  });

  it('breaks the signature at SQS', async () => {
    const { cloud, put, stored } = await startFaultyCloud();
    cloud.faults.add(onWrite('sqs', { ...flip, of: 'request' }));
    const answer = await put('sqs', 'abc');
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain('InvalidSignature');
    expect(await stored('sqs')).toBeUndefined();
  });
});

it('several faults strike one request, in their order, up to the first that answers', async () => {
  const { cloud, read } = await startWithText('oss');
  const rules: readonly Fault[] = [
    { kind: 'header', name: 'x-cache', value: 'HIT' },
    { kind: 'latency', milliseconds: 30 },
    { kind: 'status', status: 500 },
    { kind: 'header', name: 'x-cache', value: 'never seen' },
  ];
  for (const fault of rules) cloud.faults.add({ service: 'oss', fault });
  const answer = await read('oss');
  expect(answer.status).toBe(500);
  expect(answer.headers.get('x-cache')).toBe('HIT');
  expect(answer.milliseconds).toBeGreaterThan(30 - TOLERANCE_MILLISECONDS);
  expect(cloud.faults.list().map(({ struck }) => struck)).toEqual([1, 1, 1, 0]);
});
