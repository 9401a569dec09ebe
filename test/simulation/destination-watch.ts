// Looks at each object in the moment in which it becomes visible at the destination: its bytes and metadata must be those of the very version
// of the source that its record names, whatever became of that version since.

import { metadataHash } from '../../aws-worker/transfer/source-version.ts';
import type { FakeObjectDestination } from '../fakes/fake-object-destination.ts';
import type { FakeObjectSource } from '../fakes/fake-object-source.ts';

type Version = NonNullable<ReturnType<FakeObjectSource['current']>>;

export class DestinationWatch {
  readonly #destination: FakeObjectDestination;
  readonly #versions = new Map<string, Version[]>();
  /** Sentences; there must be none. */
  readonly faults: string[] = [];

  constructor(destination: FakeObjectDestination) {
    this.#destination = destination;
  }

  /** To be told of each version that the source ever has. */
  noteVersion(version: Version): void {
    const { key } = version.object;
    const known = this.#versions.get(key) ?? [];
    known.push(version);
    this.#versions.set(key, known);
  }

  written(key: string): void {
    const stored = this.#destination.stored(key);
    if (stored?.description === undefined) return;
    const { record, metadata } = stored.description;
    const version = this.#versions
      .get(key)
      ?.find(({ object }) => object.etag === record.etag && object.lastModified === record.lastModified);
    if (version === undefined) this.faults.push(`${key} carries the record of a version that never was.`);
    else if (!version.bytes.equals(stored.bytes)) this.faults.push(`${key} has other bytes than its record says.`);
    else if (record.metadataHash !== metadataHash(version.object))
      this.faults.push(`${key} has a record of other metadata.`);
    else if (JSON.stringify(metadata) !== JSON.stringify(version.object.metadata))
      this.faults.push(`${key} has other metadata than its record says.`);
  }
}
