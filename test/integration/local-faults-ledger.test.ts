// The lock of the ledger, seen by another connection.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FaultEngine } from '../../local/faults/fault-engine.ts';

const LONG_MILLISECONDS = 60_000;

let folder: string;
let path: string;
let other: DatabaseSync;
let engine: FaultEngine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-lock-'));
  path = join(folder, 'ledger.db');
  other = new DatabaseSync(path, { timeout: 0 });
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
  engine = new FaultEngine({ ledgerPath: path });
});
afterEach(() => {
  engine.close();
  other.close();
  rmSync(folder, { recursive: true });
});

const write = () => other.exec('INSERT INTO t VALUES (1)');
const lock = (milliseconds: number, changes = {}) =>
  engine.add({ service: 'ledger', fault: { kind: 'lock', milliseconds }, ...changes });

it('keeps others from writing, not from reading, for its time', async () => {
  lock(40);
  expect(write).toThrow('locked');
  expect(other.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
  expect(engine.list()).toMatchObject([{ matched: 1, struck: 1 }]);
  await vi.waitFor(write, { interval: 5 });
  expect(engine.list()).toMatchObject([{ struck: 1 }]);
});

it.each(['remove', 'clear', 'close'] as const)('is released at once by %s', how => {
  const id = lock(LONG_MILLISECONDS);
  expect(write).toThrow('locked');
  engine[how](id);
  write();
});

it('waits for whoever writes', async () => {
  other.exec('BEGIN IMMEDIATE');
  lock(LONG_MILLISECONDS);
  expect(engine.list()).toMatchObject([{ struck: 0 }]);
  other.exec('COMMIT');
  await vi.waitFor(() => expect(engine.list()).toMatchObject([{ struck: 1 }]));
  expect(write).toThrow('locked');
});

it('comes again after a pause, so many times', async () => {
  lock(2, { times: 3, fault: { kind: 'lock', milliseconds: 2, pauseMilliseconds: 2 } });
  await vi.waitFor(() => expect(engine.list()).toMatchObject([{ struck: 3 }]));
  await vi.waitFor(write, { interval: 5 });
});

it('refuses a file that is no ledger, and leaves it as it is', () => {
  const text = join(folder, 'text');
  writeFileSync(text, 'x'.repeat(4096));
  expect(() => lock(1, { ledgerPath: text })).toThrow('not a database');
  expect(engine.hasRules).toBe(false);
});
