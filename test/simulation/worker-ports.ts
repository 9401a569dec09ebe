// The ports of one worker: each call is a step of its process, and takes effect on the clouds, queues and ledger that all workers share.

import type { SourceListing } from '../../aws-worker/backfill/source-listing.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import type { MessageQueue, OutgoingMessage, ReceivedMessage } from '../../aws-worker/queue/message-queue.ts';
import type { ObjectDestination, WriteCondition } from '../../aws-worker/transfer/object-destination.ts';
import type { ObjectSource, OpenedObject } from '../../aws-worker/transfer/object-source.ts';
import type { FakeMessageQueue } from '../fakes/fake-message-queue.ts';
import { steppedPort } from '../fakes/steps.ts';
import { KNOWN_GAPS } from './known-gaps.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { observeLedger } from './observe-ledger.ts';
import { callPort, type PortCall } from './port-call.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export interface WorkerPorts {
  readonly source: ObjectSource;
  readonly listing: SourceListing;
  readonly destination: ObjectDestination;
  readonly ledger: Ledger;
  readonly liveQueue: MessageQueue;
  readonly backfillQueue: MessageQueue;
  readonly deadLetters: MessageQueue;
  /** Bodies that this worker opened and neither read nor discarded. */
  readonly openBodies: () => number;
}

/** A write to what is there already: where races do harm. */
export const REPLACING_WRITE = 'replacing write';

type CallPort = <T>(call: PortCall<T>) => Promise<T>;

export function createWorkerPorts(world: World, process: Process): WorkerPorts {
  const call: CallPort = portCall => callPort(world, process, portCall);
  const bodies = { open: 0 };
  return {
    source: sourcePort(world, call, bodies),
    listing: {
      list: options =>
        call({
          operation: 'listing.list',
          about: options.startAfter,
          signal: options.signal,
          effect: () => world.listing.list({ ...options, signal: NEVER }),
        }),
    },
    destination: destinationPort(world, call),
    ledger: ledgerPort(world, process, call),
    liveQueue: queuePort(world, { process, call, queue: world.liveQueue, name: 'live' }),
    backfillQueue: queuePort(world, { process, call, queue: world.backfillQueue, name: 'backfill' }),
    deadLetters: queuePort(world, { process, call, queue: world.deadLetters, name: 'dead letters' }),
    openBodies: () => bodies.open,
  };
}

/** What is under way goes on when its caller stops, so an effect never hears of the caller's signal. */
const NEVER = new AbortController().signal;

function sourcePort({ source }: World, call: CallPort, bodies: { open: number }): ObjectSource {
  return {
    head: (key, { signal }) =>
      call({ operation: 'source.head', about: key, signal, effect: () => source.head(key, { signal: NEVER }) }),
    tags: (key, { signal }) =>
      call({ operation: 'source.tags', about: key, signal, effect: () => source.tags(key, { signal: NEVER }) }),
    async open(key, options) {
      const { signal } = options;
      const about = options.range === undefined ? key : `${key} [${options.range.start}, ${options.range.end})`;
      const opened = await call({
        operation: 'source.open',
        about,
        signal,
        effect: () => source.open(key, { ...options, signal: NEVER }),
      });
      if (opened === undefined) return undefined;
      bodies.open += 1;
      return {
        object: opened.object,
        lengthBytes: opened.lengthBytes,
        readInto: (target, onBytes) => {
          bodies.open -= 1;
          return call({
            operation: 'source.read',
            about,
            signal,
            effect: () => opened.readInto(target, onBytes),
          });
        },
        discard() {
          bodies.open -= 1;
          opened.discard();
        },
      } satisfies OpenedObject;
    },
  };
}

function destinationPort({ destination, watch }: World, call: CallPort): ObjectDestination {
  return {
    head: (key, { signal }) =>
      call({
        operation: 'destination.head',
        about: key,
        signal,
        effect: () => destination.head(key, { signal: NEVER }),
      }),
    put: request =>
      call({
        operation: 'destination.put',
        role: roleOf(request.condition),
        about: `${request.key} if ${conditionText(request.condition)}`,
        signal: request.signal,
        diesWithCaller: KNOWN_GAPS.lateWritesOfBackfills && request.description.record.backfill !== undefined,
        async effect() {
          const written = await destination.put({ ...request, signal: NEVER });
          watch.written(request.key);
          return written;
        },
      }),
    createUpload: request =>
      call({
        operation: 'destination.createUpload',
        about: request.key,
        signal: request.signal,
        effect: () => destination.createUpload({ ...request, signal: NEVER }),
      }),
    uploadPart: request =>
      call({
        operation: 'destination.uploadPart',
        about: `${request.upload.key} ${request.upload.uploadId} part ${request.partNumber}`,
        signal: request.signal,
        effect: () => destination.uploadPart({ ...request, signal: NEVER }),
      }),
    listParts: (upload, { signal }) =>
      call({
        operation: 'destination.listParts',
        about: `${upload.key} ${upload.uploadId}`,
        signal,
        effect: () => destination.listParts(upload, { signal: NEVER }),
      }),
    completeUpload: request =>
      call({
        operation: 'destination.completeUpload',
        role: roleOf(request.condition),
        about: `${request.upload.key} ${request.upload.uploadId} if ${conditionText(request.condition)}`,
        signal: request.signal,
        async effect() {
          const written = await destination.completeUpload({ ...request, signal: NEVER });
          watch.written(request.upload.key);
          return written;
        },
      }),
    abortUpload: (upload, { signal }) =>
      call({
        operation: 'destination.abortUpload',
        about: `${upload.key} ${upload.uploadId}`,
        signal,
        effect: () => destination.abortUpload(upload, { signal: NEVER }),
      }),
    listUploads: (key, { signal }) =>
      call({
        operation: 'destination.listUploads',
        about: key,
        signal,
        effect: () => destination.listUploads(key, { signal: NEVER }),
      }),
  };
}

function roleOf({ kind }: WriteCondition): string | undefined {
  return kind === 'etag' ? REPLACING_WRITE : undefined;
}

function conditionText(condition: WriteCondition): string {
  return condition.kind === 'empty' ? 'empty' : condition.etag;
}

function ledgerPort(world: World, process: Process, call: CallPort): Ledger {
  const { ledger, begin } = createMemoryLedger({
    database: world.database,
    workerId: process.name,
    now: () => new Date(world.time.now),
    newId: world.newId,
    onCommit: () => world.backfills.look(),
    aroundFurther: transaction => call({ operation: 'ledger.transaction', effect: transaction }),
  });
  const around = <T>(operation: string, effect: () => T | Promise<T>): Promise<T> =>
    call({
      operation: `ledger.${operation}`,
      effect: () => {
        begin();
        return effect();
      },
    });
  const observed = observeLedger(world, ledger);
  return { ...steppedPort(observed, { around }), uploads: steppedPort(ledger.uploads, { around }) };
}

function queuePort(
  world: World,
  options: {
    readonly process: Process;
    readonly call: CallPort;
    readonly queue: FakeMessageQueue;
    readonly name: string;
  },
): MessageQueue {
  const { process, queue, name } = options;
  const { receives } = world;
  const call: CallPort = portCall => receives.during(process, options.call(portCall));
  return {
    async receive({ maxMessages, waitSeconds, visibilityTimeoutSeconds, signal }) {
      const sentAt = world.time.now;
      const deadline = sentAt + waitSeconds * 1000;
      // Only so that time goes on to the end of the poll.
      const forget = world.time.after(waitSeconds * 1000, process, () => undefined);
      const heard = await options.call({
        operation: 'queue.receive',
        about: name,
        signal,
        isNothing: (received: readonly ReceivedMessage[]) => received.length === 0,
        isReady: () => queue.hasVisible || world.time.now >= deadline,
        async effect() {
          forget();
          // SQS may hand out fewer than there are.
          const most = 1 + world.random.below(maxMessages);
          const received = await queue.receive({
            maxMessages: most,
            waitSeconds: 0,
            visibilityTimeoutSeconds,
            signal: NEVER,
          });
          receives.received(received, process);
          for (const { body, receiveCount } of received) world.trace(`  received (${receiveCount}): ${body}`);
          return received.map(message => ({ ...message, receivedAtMilliseconds: sentAt }));
        },
      });
      receives.heard(heard);
      return heard;
    },
    changeVisibility: (receiptHandles, visibilityTimeoutSeconds) =>
      call({
        operation: 'queue.changeVisibility',
        about: `${name} ${receiptHandles.join(' ')} ${visibilityTimeoutSeconds} s`,
        effect() {
          if (world.time.now < process.cutOffUntil) throw world.chance.error('queue-unavailable');
          return queue.changeVisibility(receiptHandles, visibilityTimeoutSeconds);
        },
      }),
    delete: receiptHandles =>
      call({
        operation: 'queue.delete',
        about: `${name} ${receiptHandles.join(' ')}`,
        effect: () => queue.delete(receiptHandles),
      }),
    send: messages =>
      call({
        operation: 'queue.send',
        about: `${name} ${messages.map(message => `${message.body} +${message.delaySeconds ?? 0} s`).join(' ')}`,
        effect: () => queue.send(deliveredAtLeastOnce(world, messages)),
      }),
  };
}

/** A standard queue may deliver a message more than once. */
function deliveredAtLeastOnce(world: World, messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  if (world.isCalm) return messages;
  return messages.flatMap(message =>
    world.random.chance(world.profile.duplicateShare / 4) ? [message, message] : [message],
  );
}
