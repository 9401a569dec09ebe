import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../../../local/faults/fault-rule.ts';
import { type FaultRequest, matchesRule } from '../../../../local/faults/match-rule.ts';

const GET: FaultRequest = { service: 'oss', operation: 'GetObject', key: 'a/b' };
const RECEIVE: FaultRequest = { service: 'sqs', operation: 'ReceiveMessage', queue: 'live' };
const DELETE: FaultRequest = { ...RECEIVE, operation: 'DeleteMessageBatch' };
const fault = { kind: 'gzip' } as const;

describe('a rule', () => {
  const about: readonly [FaultRule, FaultRequest][] = [
    [{ service: 'oss', fault }, GET],
    [{ service: 'oss', operation: 'GetObject', fault }, GET],
    [{ service: 'oss', operation: ['HeadObject', 'GetObject'], fault }, GET],
    [{ service: 'oss', key: 'a/b', fault }, GET],
    [{ service: 'oss', keyPrefix: 'a/', fault }, GET],
    [{ service: 'oss', keyPrefix: '', fault }, GET],
    [{ service: 'sqs', queue: 'live', fault }, RECEIVE],
    [{ service: 'sqs', fault: { kind: 'duplicate' } }, RECEIVE],
    [{ service: 'sqs', fault: { kind: 'expire' } }, DELETE],
    [{ service: 'sqs', operation: 'ReceiveMessage', fault: { kind: 'expire' } }, RECEIVE],
  ];
  it.each(about)('%o is about %o', (rule, request) => {
    expect(matchesRule(rule, request)).toBe(true);
  });

  const notAbout: readonly [FaultRule, FaultRequest][] = [
    [{ service: 's3', fault }, GET],
    [{ service: 'ledger', fault }, GET],
    [{ service: 'oss', operation: 'PutObject', fault }, GET],
    [{ service: 'oss', operation: ['HeadObject'], fault }, GET],
    [{ service: 'oss', key: 'a/', fault }, GET],
    [{ service: 'oss', keyPrefix: 'b', fault }, GET],
    [
      { service: 'oss', keyPrefix: '', fault },
      { service: 'oss', operation: 'ListObjects' },
    ],
    [{ service: 'oss', keyPrefix: 'a', operation: 'PutObject', fault }, GET],
    [{ service: 'sqs', queue: 'dead', fault }, RECEIVE],
    [
      { service: 'sqs', queue: 'live', fault },
      { service: 'sqs', operation: 'ListQueues' },
    ],
    [{ service: 'sqs', fault: { kind: 'duplicate' } }, DELETE],
    [{ service: 'sqs', fault: { kind: 'expire' } }, RECEIVE],
  ];
  it.each(notAbout)('%o is not about %o', (rule, request) => {
    expect(matchesRule(rule, request)).toBe(false);
  });
});
