// Ways to build this product that look just as good, are simpler, and lose data. Each is a change of the real source; the simulation must find every
// one of them. A change whose text is no longer there exactly once is an error: then the shortcut has to be written anew.

export interface Edit {
  /** Under the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Shortcut {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Seeds within which it is found. */
  readonly within: number;
  /** What it is about, where it takes many seeds: only those of this profile are played. */
  readonly profile?: string;
}

const ROUND = 'aws-worker/transfer/round.ts';
const COPY_SMALL = 'aws-worker/transfer/copy-small.ts';
const COPY_PART = 'aws-worker/transfer/copy-part.ts';
const UPLOAD_ROW = 'aws-worker/transfer/upload-row.ts';
const LIST_RANGE = 'aws-worker/backfill/list-range.ts';
const RECONCILE_BATCH = 'aws-worker/backfill/reconcile-batch.ts';
const BATCHES = 'aws-worker/ledger/sqlite-batches.ts';
const RANGES = 'aws-worker/ledger/sqlite-ranges.ts';
const BACKFILLS = 'aws-worker/ledger/sqlite-backfills.ts';
const WORK_IN_HAND = 'aws-worker/queue/work-in-hand.ts';
const SETTLE_MESSAGE = 'aws-worker/queue/settle-message.ts';
const HAND_OVER = 'aws-worker/queue/hand-over.ts';
const HANDLE_MESSAGE = 'aws-worker/handle-message.ts';

export const SHORTCUTS: readonly Shortcut[] = [
  {
    name: 'no look back, and the source is read before the destination is looked at',
    within: 4_000,
    profile: 'there and back again',
    edits: [
      {
        file: ROUND,
        find: "    const mayBeStale = written.condition.kind === 'etag' || object.type === 'Appendable';",
        replace: "    const mayBeStale = object.type === 'Appendable';",
      },
      {
        file: ROUND,
        find: `    const destination = assumesEmpty ? undefined : await this.#lookAtDestination();
    const look = await this.#lookAtSource(destination);
`,
        replace: `    const look = await this.#lookAtSource(undefined);
    const destination = await (assumesEmpty ? undefined : this.#lookAtDestination().catch(error => {
      if (look?.small !== undefined) giveUp(look.small);
      throw error;
    }));
`,
      },
    ],
  },
  {
    name: 'the bytes in hand are kept after a 412',
    within: 4_000,
    profile: 'there and back again',
    edits: [
      {
        file: COPY_SMALL,
        find: `    const { etag } = await context.destination.put({
      key: write.destinationKey,
      body: buffer.subarray(0, object.sizeBytes),
      crc32: wholeCrc32,
      condition: write.condition,
      description,
      signal,
    });
`,
        replace: `    const put = (condition: WriteCondition) =>
      context.destination.put({
        key: write.destinationKey,
        body: buffer.subarray(0, object.sizeBytes),
        crc32: wholeCrc32,
        condition,
        description,
        signal,
      });
    const { etag } = await put(write.condition).catch(async error => {
      if (error.code !== 'destination-changed') throw error;
      const now = await context.destination.head(write.destinationKey, { signal });
      return await put(now === undefined ? { kind: 'empty' } : { kind: 'etag', etag: now.etag });
    });
`,
      },
    ],
  },
  {
    name: 'no look back after a write that replaced something',
    within: 8_000,
    profile: 'there and back again',
    edits: [
      {
        file: ROUND,
        find: `    if (mayBeStale && !(await this.#isStillCurrent(object))) return undefined;
`,
        replace: '',
      },
    ],
  },
  {
    name: 'the look back compares ETags alone',
    within: 20_000,
    profile: 'there and back again',
    edits: [
      {
        file: ROUND,
        find: '    return now !== undefined && isSameVersion(now, object);',
        replace: '    return now !== undefined && now.etag === object.etag;',
      },
    ],
  },
  {
    name: 'equal means an equal ETag, whatever the metadata',
    within: 1_000,
    edits: [
      {
        file: 'aws-worker/transfer/decide.ts',
        find: `    record.crc64 === source.crc64?.toString() &&
    record.metadataHash === metadataHash(source)
`,
        replace: `    record.crc64 === source.crc64?.toString() && metadataHash(source) !== ''
`,
      },
    ],
  },
  {
    name: 'a write whose answer was lost is forgotten',
    within: 20_000,
    profile: 'there and back again',
    edits: [
      {
        file: ROUND,
        find: "      if (condition.kind === 'etag' && hasCode(error, 'destination-unknown')) this.#inDoubt.add(condition.etag);\n",
        replace: '',
      },
    ],
  },
  {
    name: 'parts are read unpinned, and nobody looks at the source before Complete',
    within: 8_000,
    profile: 'one key, several workers',
    edits: [
      {
        file: COPY_PART,
        find: "object.type === 'Appendable' && object.crc64 !== undefined ? {} : { ifMatch: object.etag }",
        replace: 'object.crc64 !== undefined ? {} : {}',
      },
      {
        file: ROUND,
        find: `        if (now === undefined || !(isSameVersion(now, object) || hasOnlyGrown(object, now))) {
          throw moved('source-changed', this.#request.key);
        }
`,
        replace: '',
      },
    ],
  },
  {
    name: 'the upload is created before its row is written',
    within: 2_000,
    profile: 'one large key under crashes',
    edits: [
      {
        file: UPLOAD_ROW,
        find: `  const row = await context.uploads.begin(begin.key, begin.version, { backfill: begin.backfill });
  if (row === undefined) throw superseded(begin.key);
  const upload = await context.destination.createUpload({ key: begin.key, description, signal: begin.signal });
`,
        replace: `  const upload = await context.destination.createUpload({ key: begin.key, description, signal: begin.signal });
  const row = await context.uploads.begin(begin.key, begin.version, { backfill: begin.backfill });
  if (row === undefined) throw superseded(begin.key);
`,
      },
    ],
  },
  {
    name: 'the message is deleted before its outcome',
    within: 500,
    edits: [
      {
        file: WORK_IN_HAND,
        find: '    const disposition = await runHandler(entry.message',
        replace: `    await tools.deletes.delete(entry.message.receiptHandle);
    const disposition = await runHandler(entry.message`,
      },
    ],
  },
  {
    name: 'a message that is replaced is deleted before its copy is sent',
    within: 4_000,
    edits: [
      {
        file: SETTLE_MESSAGE,
        find: '      await sending.to.send([sending.copy]);\n',
        replace: `      if (attempt === 0 && !tools.isLost()) await deleteMessage(message, tools);
      await sending.to.send([sending.copy]);
`,
      },
    ],
  },
  {
    name: 'what waits on purpose is released instead of replaced',
    within: 500,
    edits: [
      {
        file: SETTLE_MESSAGE,
        find: '      const anew = { body, delaySeconds };\n',
        replace: `      if (body === message.body && !tools.isLost()) return release(message, delaySeconds, tools);
      const anew = { body, delaySeconds };
`,
      },
    ],
  },
  {
    name: 'a copy of what is handed over counts the receive at hand as a crash',
    within: 1_000,
    edits: [
      {
        file: HAND_OVER,
        find: 'crashes: receiveCount - 1,',
        replace: 'crashes: receiveCount,',
      },
    ],
  },
  {
    name: 'a lost receipt drops its work without the delayed copy',
    within: 20_000,
    profile: 'there and back again',
    edits: [
      {
        file: HANDLE_MESSAGE,
        find: "  if (hasCode(reason, 'receipt-lost') && !isInDoubt) return { kind: 'drop' };",
        replace: "  if (hasCode(reason, 'receipt-lost')) return { kind: 'drop' };",
      },
    ],
  },
  {
    name: 'a message is visible again before the last write of a worker that died has ended',
    within: 40_000,
    profile: 'there and back again',
    edits: [
      {
        file: 'test/simulation/simulated-worker.ts',
        find: 'const VISIBILITY_TIMEOUT_SECONDS = 300;',
        replace: 'const VISIBILITY_TIMEOUT_SECONDS = 120;',
      },
    ],
  },
  {
    name: 'batches are sent before the checkpoint, which has no tail of what is unsent',
    within: 1_000,
    profile: 'backfill under crashes',
    edits: [
      {
        file: LIST_RANGE,
        find: '  const checkpointed = await context.ledger.checkpointRange({',
        replace: `  await context.queue.send(
    batches.map(({ batch, from, to, objects: found }) => batchMessage({ backfill: row.backfill, batch, from, to }, found)),
  );
  const checkpointed = await context.ledger.checkpointRange({`,
      },
      {
        file: LIST_RANGE,
        find: '    await sendUnsent(context, row, objectsByBatch);\n',
        replace: '    await context.ledger.markSent(row);\n',
      },
    ],
  },
  {
    name: 'batches are sent after the checkpoint, and nobody repeats the tail',
    within: 2_000,
    profile: 'backfill under crashes',
    edits: [
      {
        file: LIST_RANGE,
        find: '    await sendUnsent(context, row, objectsByBatch);\n',
        replace: '    if (objectsByBatch.size > 0) await sendUnsent(context, row, objectsByBatch);\n',
      },
    ],
  },
  {
    name: 'a checkpoint is written whoever was quicker',
    within: 2_000,
    profile: 'backfill under crashes',
    edits: [
      {
        file: RANGES,
        find: `           WHERE backfill = ? AND id = ? AND version = ?\`,
          cursor,
`,
        replace: `           WHERE backfill = ? AND id = ? AND version >= ? - 1000\`,
          cursor,
`,
      },
    ],
  },
  {
    name: 'owed objects are sent before they are settled',
    within: 8_000,
    profile: 'backfill with troubled keys',
    edits: [
      {
        file: RECONCILE_BATCH,
        find: '  await sendToDeadLetters(context, settled);\n',
        replace: `  await sendToDeadLetters(context, settled);
  const early = owed.map(object => ({ ...object, backfill: message.backfill, batch: message.batch }));
  await context.queue.send(
    early.map(object => owedObjectMessage(object, { attempt: 1, waits: undefined, delaySeconds: 0 })),
  );
`,
      },
      {
        file: RECONCILE_BATCH,
        find: '  return await finish(context, message, owed);\n',
        replace: `  await context.ledger.completeIfPaid(message.backfill);
  return { kind: 'done' };
`,
      },
    ],
  },
  {
    name: 'a batch is counted without taking its row away first',
    within: 2_000,
    edits: [
      {
        file: BATCHES,
        find: "sql.all('DELETE FROM batches WHERE backfill = ? AND id = ? RETURNING *', backfill, batch)",
        replace: "sql.all('SELECT * FROM batches WHERE backfill = ? AND id = ?', backfill, batch)",
      },
    ],
  },
  {
    name: 'done is said when a receive finds the queue empty',
    within: 500,
    edits: [
      {
        file: RECONCILE_BATCH,
        find: `  await sendOwed(context, message, owedNow);
  await context.ledger.completeIfPaid(message.backfill);
`,
        replace: `  await sendOwed(context, message, owedNow);
  const { signal } = new AbortController();
  const waiting = await context.queue.receive({ maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 0, signal });
  if (waiting.length === 0) await context.ledger.changeStatus(message.backfill, { from: ['running'], to: 'done' });
`,
      },
    ],
  },
  {
    name: 'done is said when nothing waits to be copied',
    within: 1_000,
    edits: [
      {
        file: BACKFILLS,
        find: "status === 'running' && isEverythingPaid(sql, id)",
        replace: "status === 'running' && countUnpaid(sql, id) === 0",
      },
      {
        file: BACKFILLS,
        find: 'import { addToCounters, isEverythingPaid,',
        replace: 'import { addToCounters, countUnpaid, ',
      },
    ],
  },
  {
    name: 'done is written on the word of an earlier look',
    within: 20_000,
    profile: "backfill under a person's hand",
    edits: [
      {
        file: BACKFILLS,
        find: `        const latest = completionOf(sql, id);
        if (latest !== 'paid') return latest === 'done';
`,
        replace: '',
      },
    ],
  },
];
