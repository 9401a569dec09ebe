// One look at both sides, and what follows from it. The order is a contract: reconcile.ts.

import { hasCode, isKind } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { copyLarge, type LargeCopied } from './copy-large.ts';
import { copySmall } from './copy-small.ts';
import { type Decision, decide } from './decide.ts';
import { inDoubt, moved } from './moved-errors.ts';
import type { DestinationObject, WriteCondition } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';
import { giveUp, type OpenedSmall, openSmall, type SourceLook } from './open-small.ts';
import type { Outcome } from './outcome.ts';
import { type Proof, proofOf } from './proof.ts';
import type { ReconcileRequest } from './reconcile-request.ts';
import { isSameVersion } from './source-version.ts';
import type { TransferContext } from './transfer-context.ts';
import { endUpload } from './upload-row.ts';

type Written = LargeCopied;

/** The rounds of one key: what they have in common is what is not yet known of the writes that they sent. */
export class Round {
  readonly #context: TransferContext;
  readonly #request: ReconcileRequest;
  readonly #key: string;
  readonly #signal: AbortSignal;
  /** ETags of the destination on which a write depended that nobody knows the end of. While it is one of these, the write may yet land. */
  readonly #inDoubt = new Set<string>();
  #hasBeenLarge = false;
  #hasSentWrite = false;
  #hasUnknownWrite = false;
  /** What was written may not be the source's last version, or not have stayed: no look has said otherwise yet. */
  #owesLook = false;
  /** The destination said that it stored other bytes, and with them our record. */
  #isCopyDoubted = false;

  constructor(context: TransferContext, request: ReconcileRequest, key: string, signal: AbortSignal) {
    this.#context = context;
    this.#request = request;
    this.#key = key;
    this.#signal = signal;
  }

  /** It was moved in parts, or tried to. */
  get hasBeenLarge(): boolean {
    return this.#hasBeenLarge;
  }

  /** A write was sent, of which nobody has yet looked whether it left the source's last version behind. */
  get hasSentWrite(): boolean {
    return this.#hasSentWrite;
  }

  /** Of a write that was sent nobody knows whether it took, or will yet take, effect. */
  get hasUnknownWrite(): boolean {
    return this.#hasUnknownWrite;
  }

  /** The outcome, or undefined when both sides have to be looked at again: the source moved after a write that replaced something, or a fence was put up. */
  async run(assumesEmpty: boolean): Promise<Outcome | undefined> {
    const destination = assumesEmpty ? undefined : await this.#lookAtDestination();
    const look = await this.#lookAtSource(destination);
    if (look === undefined) return await this.#sourceMissing();
    const { object, small } = look;
    // Moving a large object costs more than a look: if it is there already, nothing has to be moved.
    if (assumesEmpty && small === undefined) return await this.run(false);
    const decision = this.#decide(destination, object);
    if (decision.action === 'skip') {
      if (small !== undefined) giveUp(small);
      this.#refuseInDoubt(destination?.etag);
      // Ending an upload is a fence, and fences move things: look again before saying that all is well.
      if (this.#mayHaveLeftUpload(object) && (await this.#endUpload())) return undefined;
      return decision.outcome === 'copied'
        ? outcomeOf(object, proofOf(object))
        : { kind: 'skipped', sizeBytes: object.sizeBytes };
    }
    const written =
      small === undefined ? await this.#copyLarge(object) : await this.#copySmall(small, decision.condition);
    this.#refuseInDoubt(written.etag);
    // Of an object that grows, an earlier length may have been completed: it is whole and proven, but not the end of it.
    const mayBeStale = written.condition.kind === 'etag' || object.type === 'Appendable';
    const mayHaveUpload = this.#mayHaveLeftUpload(object) && small !== undefined;
    this.#owesLook = mayBeStale || mayHaveUpload;
    // Its Complete may have been let in by the ETag of these very bytes, before it was fenced.
    if (mayHaveUpload && (await this.#endUpload())) return undefined;
    if (mayBeStale && !(await this.#isStillCurrent(object))) return undefined;
    return { ...outcomeOf(object, written.proof), isWritten: true };
  }

  /** The next round looks at both sides again. Until it has, only a write that S3 refused is owed no look. */
  failed(error: unknown): void {
    if (this.#hasSentWrite && hasCode(error, 'destination-unknown')) this.#hasUnknownWrite = true;
    this.#hasSentWrite = this.#hasUnknownWrite || this.#owesLook;
    if (hasCode(error, 'destination-stored-other-bytes')) this.#isCopyDoubted = true;
  }

  /** A final outcome that is no copy; rethrows what isn't one. */
  async end(error: unknown): Promise<Outcome> {
    if (hasCode(error, 'source-archived')) {
      await this.#endUpload();
      return { kind: 'archived', sizeBytes: this.#request.sizeHintBytes ?? 0, code: error.code };
    }
    // What meets every object is mended some day, and the parts that are uploaded are good then.
    if (isKind(error, 'permanent') && !concernsEverything(error)) {
      await this.#endUpload().catch(cause => {
        // The failure that matters is the first; the row stays and names the upload for whoever meets it next.
        this.#context.log.warn('An upload could not be ended after a failure.', {
          sourceKey: this.#request.key,
          error: cause,
        });
      });
    }
    throw error;
  }

  #lookAtDestination(): Promise<DestinationObject | undefined> {
    return this.#context.destination.head(this.#key, { signal: this.#signal });
  }

  /** Objects of one part are opened: their answer is look and read in one. Where a skip is likely, or the object large, a HEAD comes first. */
  async #lookAtSource(destination: DestinationObject | undefined): Promise<SourceLook | undefined> {
    const { key, sizeHintBytes } = this.#request;
    const { partSizeBytes } = this.#context.settings;
    const isLikelyLarge = (sizeHintBytes ?? destination?.sizeBytes ?? 0) > partSizeBytes;
    let expectedBytes = sizeHintBytes;
    if (destination !== undefined || isLikelyLarge) {
      const object = await this.#context.source.head(key, { signal: this.#signal });
      if (object === undefined) return undefined;
      const isCopy = this.#decide(destination, object).action === 'copy';
      if (!isCopy || object.sizeBytes > partSizeBytes) return { object, small: undefined };
      expectedBytes = object.sizeBytes;
    }
    return await openSmall(this.#context, key, { expectedBytes, signal: this.#signal });
  }

  #decide(destination: DestinationObject | undefined, source: SourceObject): Decision {
    const { mode, backfill } = this.#request;
    const decision = decide({ destination, source, mode, backfill });
    const isDoubted = this.#isCopyDoubted && decision.action === 'skip' && destination !== undefined;
    return isDoubted ? { action: 'copy', condition: { kind: 'etag', etag: destination.etag } } : decision;
  }

  async #copySmall(small: OpenedSmall, condition: WriteCondition): Promise<Written> {
    const write = {
      destinationKey: this.#key,
      condition,
      backfill: this.#request.backfill,
      onWrite: () => this.#noteWrite(),
      signal: this.#signal,
    };
    try {
      return { ...(await copySmall(this.#context, small, write)), condition };
    } catch (error) {
      if (condition.kind === 'etag' && hasCode(error, 'destination-unknown')) this.#inDoubt.add(condition.etag);
      throw error;
    }
  }

  /** A write of another version that is still on its way would be let in by this ETag, after all looks were taken. */
  #refuseInDoubt(destinationEtag: string | undefined): void {
    if (destinationEtag !== undefined && this.#inDoubt.has(destinationEtag)) throw inDoubt(this.#request.key);
  }

  #copyLarge(object: SourceObject): Promise<Written> {
    this.#hasBeenLarge = true;
    return copyLarge(this.#context, {
      object,
      destinationKey: this.#key,
      backfill: this.#request.backfill,
      signal: this.#signal,
      onWrite: () => this.#noteWrite(),
      lookBeforeComplete: async () => {
        const destination = await this.#lookAtDestination();
        const now = await this.#context.source.head(object.key, { signal: this.#signal });
        if (now === undefined || !(isSameVersion(now, object) || hasOnlyGrown(object, now))) {
          throw moved('source-changed', this.#request.key);
        }
        const decision = this.#decide(destination, object);
        // Somebody else finished it: the next round's look finds them equal, and ends this upload.
        if (decision.action === 'skip') throw moved('destination-changed', this.#request.key);
        return decision.condition;
      },
    });
  }

  #noteWrite(): void {
    this.#hasSentWrite = true;
  }

  async #isStillCurrent(object: SourceObject): Promise<boolean> {
    const now = await this.#context.source.head(object.key, { signal: this.#signal });
    return now !== undefined && isSameVersion(now, object);
  }

  async #sourceMissing(): Promise<Outcome> {
    await this.#endUpload();
    return { kind: 'source-missing', sizeBytes: 0 };
  }

  /** Only large objects have uploads; those that are known to be small cost no look into the ledger. */
  #mayHaveLeftUpload(object: SourceObject): boolean {
    const { sizeHintBytes = Number.POSITIVE_INFINITY, mayHaveUpload } = this.#request;
    return (
      mayHaveUpload ||
      this.#hasBeenLarge ||
      Math.max(object.sizeBytes, sizeHintBytes) > this.#context.settings.partSizeBytes
    );
  }

  #endUpload(): Promise<boolean> {
    return endUpload(this.#context, this.#key, { signal: this.#signal });
  }
}

function hasOnlyGrown(before: SourceObject, now: SourceObject): boolean {
  return before.type === 'Appendable' && now.type === 'Appendable' && now.sizeBytes > before.sizeBytes;
}

function outcomeOf(object: SourceObject, proof: Proof): Outcome {
  if (proof !== 'none') return { kind: 'copied', sizeBytes: object.sizeBytes };
  return { kind: 'unverified', sizeBytes: object.sizeBytes, code: 'no-source-checksum' };
}
