import { expect, it } from 'vitest';
import { Readiness } from '../../../aws-worker/readiness.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';

const LEDGER_FAILURE = new BridgeError({ kind: 'permanent', code: 'ledger-unavailable', message: 'The disk is full.' });
const TROUBLE = new BridgeError({ kind: 'permanent', code: 'source-credentials', message: 'The key was deleted.' });
const TWO_MINUTES = 120_000;

function codesOf(readiness: Readiness): readonly string[] {
  return readiness.problems().map(({ code }) => code);
}

it('is starting until it is told otherwise', () => {
  const readiness = new Readiness();
  expect(codesOf(readiness)).toEqual(['starting']);
  readiness.started();
  expect(codesOf(readiness)).toEqual([]);
});

it('says that it drains', () => {
  const readiness = new Readiness();
  readiness.started();
  readiness.draining();
  expect(codesOf(readiness)).toEqual(['draining']);
});

it('receives nothing while the ledger cannot be written', () => {
  const readiness = new Readiness();
  readiness.started();
  expect(readiness.mayReceive).toBe(true);
  readiness.ledger(LEDGER_FAILURE);
  expect(readiness.mayReceive).toBe(false);
  expect(readiness.problems()).toEqual([{ code: 'ledger-unavailable', message: 'The disk is full.' }]);
  readiness.ledger(undefined);
  expect(readiness.mayReceive).toBe(true);
  expect(codesOf(readiness)).toEqual([]);
});

it('names trouble in its own words, and goes on receiving', () => {
  const readiness = new Readiness();
  readiness.started();
  readiness.trouble(TROUBLE);
  expect(readiness.problems()).toEqual([{ code: 'source-credentials', message: 'The key was deleted.' }]);
  expect(readiness.mayReceive).toBe(true);
});

it('forgets trouble when work goes well again', () => {
  const readiness = new Readiness();
  readiness.started();
  readiness.trouble(TROUBLE);
  readiness.trouble(undefined);
  expect(codesOf(readiness)).toEqual([]);
});

it('forgets trouble that was not heard of again for two minutes', () => {
  let now = 1_000;
  const readiness = new Readiness(() => now);
  readiness.started();
  readiness.trouble(TROUBLE);
  now += TWO_MINUTES - 1;
  expect(codesOf(readiness)).toEqual(['source-credentials']);
  readiness.trouble(TROUBLE);
  now += TWO_MINUTES - 1;
  expect(codesOf(readiness)).toEqual(['source-credentials']);
  now += 1;
  expect(codesOf(readiness)).toEqual([]);
});

it('lists everything that is wrong', () => {
  const readiness = new Readiness();
  readiness.draining();
  readiness.ledger(LEDGER_FAILURE);
  readiness.trouble(TROUBLE);
  expect(codesOf(readiness)).toEqual(['starting', 'draining', 'ledger-unavailable', 'source-credentials']);
});
