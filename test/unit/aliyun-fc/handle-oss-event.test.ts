import { describe, expect, it } from 'vitest';
import {
  type EventSummary,
  handleOssEvent,
  type MessageSender,
  toMessage,
} from '../../../aliyun-fc/handle-oss-event.ts';
import { createLog } from '../../../shared/log.ts';
import type { ObjectMessage } from '../../../shared/messages/message.ts';
import { parseMessage } from '../../../shared/messages/parse-message.ts';
import { ossEventBytes } from '../../fixtures/oss-events/read-fixture.ts';

class RecordingSender implements MessageSender {
  readonly sent: ObjectMessage[] = [];
  failure: Error | undefined;

  async send(messages: readonly ObjectMessage[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(...messages);
  }
}

function bench(options: { followSymlinks?: boolean } = {}) {
  const sender = new RecordingSender();
  const lines: string[] = [];
  const log = createLog({ level: 'debug', write: line => lines.push(line) });
  const handle = (event: unknown) =>
    handleOssEvent(event, { sender, log, followSymlinks: options.followSymlinks ?? false });
  return { sender, lines, handle };
}

const FORWARDED: EventSummary = { received: 1, forwarded: 1, ignored: 0 };
const IGNORED: EventSummary = { received: 1, forwarded: 0, ignored: 1 };

describe('the handler', () => {
  it.each<[fixture: string, summary: EventSummary]>([
    ['put-object', FORWARDED],
    ['post-object', FORWARDED],
    ['copy-object', FORWARDED],
    ['append-object', FORWARDED],
    ['complete-multipart-upload', FORWARDED],
    ['update-object-meta', FORWARDED],
    ['cloud-event', FORWARDED],
    ['put-symlink', IGNORED],
    ['initiate-multipart-upload', IGNORED],
    ['upload-part', IGNORED],
    ['upload-part-copy', IGNORED],
    ['abort-multipart-upload', IGNORED],
    ['delete-object', IGNORED],
    ['delete-objects', IGNORED],
    ['several-records', { received: 3, forwarded: 2, ignored: 1 }],
    ['cloud-event-array', { received: 2, forwarded: 2, ignored: 0 }],
    ['odd-keys', { received: 8, forwarded: 8, ignored: 0 }],
  ])('sends one message for each changed object of %s', async (fixture, summary) => {
    const { sender, handle } = bench();
    expect(await handle(ossEventBytes(fixture))).toEqual(summary);
    expect(sender.sent).toHaveLength(summary.forwarded);
  });

  it('forwards symlinks when asked', async () => {
    const { handle } = bench({ followSymlinks: true });
    expect(await handle(ossEventBytes('put-symlink'))).toEqual(FORWARDED);
  });

  it('sends the whole size of an append, never what it added', async () => {
    const { sender, handle } = bench();
    await handle(ossEventBytes('append-object'));
    expect(sender.sent).toEqual([
      {
        key: 'app.log',
        size: 2048,
        bucket: 'example-bucket',
        etag: '0CC175B9C0F1B6A831C399E269772661',
        eventTime: '2026-11-02T08:15:30.000Z',
      },
    ]);
  });

  it('sends key and bucket alone when the event tells no more', async () => {
    const { sender, handle } = bench();
    await handle(ossEventBytes('sparse'));
    expect(sender.sent).toEqual([{ key: 'source/a.png', bucket: 'example-bucket' }]);
  });

  it('notes ignored events for whoever debugs', async () => {
    const { lines, handle } = bench();
    await handle(ossEventBytes('upload-part'));
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { level: 'debug', message: 'event ignored', eventName: 'ObjectCreated:UploadPart', sourceKey: 'big.bin' },
    ]);
  });

  it('sends the good records of an event before it throws for the bad one', async () => {
    const { sender, lines, handle } = bench();
    await expect(handle(ossEventBytes('malformed-one-of-three'))).rejects.toMatchObject({ code: 'malformed-event' });
    expect(sender.sent.map(message => message.key)).toEqual(['source/a.png', 'copy.bin']);
    expect(lines.map(line => JSON.parse(line))).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  it('throws what the sender throws, bad records or not', async () => {
    const { sender, handle } = bench();
    sender.failure = new Error('the queue is gone');
    await expect(handle(ossEventBytes('malformed-one-of-three'))).rejects.toBe(sender.failure);
  });
});

describe('a message', () => {
  it('leaves out hints that its schema has no room for', () => {
    const change = { eventName: 'x', bucket: 'b', key: 'k', etag: 'e'.repeat(257), eventTime: 't'.repeat(41) };
    expect(toMessage(change)).toEqual({ key: 'k', bucket: 'b' });
  });

  it('with the longest hints is one that the worker reads', () => {
    const change = { eventName: 'x', bucket: 'b', key: 'k', etag: 'e'.repeat(256), eventTime: 't'.repeat(40) };
    const { eventName: _, ...message } = change;
    expect(parseMessage(JSON.stringify(toMessage(change)))).toEqual({ kind: 'object', message });
  });
});
