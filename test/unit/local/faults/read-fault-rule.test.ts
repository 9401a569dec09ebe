import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../../local/faults/fault-rule.ts';
import { readFaultRule } from '../../../../local/faults/read-fault-rule.ts';

const stall = { kind: 'stall' };

describe('readFaultRule', () => {
  const good: readonly object[] = [
    { service: 'oss', fault: stall },
    {
      service: 's3',
      operation: ['PutObject', 'UploadPart'],
      keyPrefix: 'a/',
      skip: 1,
      times: 2,
      probability: 0.5,
      seed: 7,
      fault: { kind: 'latency', milliseconds: 1, jitterMilliseconds: 2, at: 'before-effect' },
    },
    { service: 'sqs', queue: 'live', fault: { kind: 'duplicate' } },
    { service: 'sqs', operation: 'ReceiveMessage', fault: { kind: 'expire' } },
    { service: 'oss', fault: { kind: 'header', name: 'ETag', value: null } },
    { service: 'oss', fault: { kind: 'redirect', status: 301, location: 'http://x/' } },
    { service: 'ledger', ledgerPath: 'x', fault: { kind: 'lock', milliseconds: 5 } },
    { service: 'ledger', times: 3, fault: { kind: 'lock', milliseconds: 5, pauseMilliseconds: 5 } },
  ];
  it.each(good)('takes %o as it is', rule => {
    expect(readFaultRule(rule)).toEqual(rule);
  });

  const bad: readonly [unknown, string][] = [
    [undefined, 'the rule must be a JSON object'],
    [[], 'must be a JSON object'],
    [{ service: 'oss' }, 'fault is required'],
    [{ fault: stall }, 'service is required'],
    [{ service: 'gcs', fault: stall }, 'service must be one of "oss", "s3", "sqs", "ledger"'],
    [{ service: 'oss', fault: { kind: 'fire' } }, 'fault/kind must be one of "latency"'],
    [{ service: 'oss', fault: {} }, 'kind'],
    [{ service: 'oss', fault: stall, colour: 1 }, 'colour is not known; known are service, operation'],
    [{ service: 'oss', fault: { ...stall, colour: 1 } }, 'fault.colour is not known; known are kind, afterBytes'],
    [{ service: 'oss', fault: { kind: 'latency' } }, 'fault.milliseconds is required'],
    [{ service: 'oss', fault: { kind: 'latency', milliseconds: -1 } }, 'fault.milliseconds must be >= 0'],
    [{ service: 'oss', fault: { kind: 'reset', at: 'noon' } }, 'fault.at must be one of "before"'],
    [{ service: 'oss', fault: { ...stall, afterBytes: 1.5 } }, 'fault.afterBytes must be integer'],
    [{ service: 'oss', times: 0, fault: stall }, 'times must be >= 1'],
    [{ service: 'oss', probability: 2, fault: stall }, 'probability must be <= 1'],
    [
      { service: 'oss', operation: 'GetObjct', fault: stall },
      'operation "GetObjct" is not one of AbortMultipartUpload',
    ],
    [{ service: 's3', operation: ['UploadPart', 'AppendObject'], fault: stall }, 'operation "AppendObject" is not one'],
    [{ service: 'sqs', operation: 'SendMessage', fault: { kind: 'reorder' } }, 'is not one of ReceiveMessage'],
    [{ service: 's3', fault: { kind: 'duplicate' } }, 'fault.kind "duplicate" is of sqs alone'],
    [{ service: 'ledger', fault: stall }, 'fault.kind "stall" is nothing that ledger can have'],
    [{ service: 'oss', fault: { kind: 'lock', milliseconds: 1 } }, 'fault.kind "lock" is nothing that oss can have'],
    [{ service: 'sqs', key: 'k', fault: stall }, 'key is of oss and s3 alone'],
    [{ service: 'oss', queue: 'q', fault: stall }, 'queue is of sqs alone'],
    [{ service: 'oss', ledgerPath: 'x', fault: stall }, 'ledgerPath is of the ledger alone'],
    [{ service: 'ledger', skip: 1, fault: { kind: 'lock', milliseconds: 1 } }, 'skip is of requests'],
    [{ service: 'ledger', times: 2, fault: { kind: 'lock', milliseconds: 1 } }, 'times needs fault.pauseMilliseconds'],
    [{ service: 'oss', fault: { kind: 'header', name: 'a b', value: '' } }, 'Header name must be a valid HTTP token'],
    [{ service: 'oss', fault: { kind: 'header', name: 'a', value: 'x\r\ny' } }, 'Invalid character in header content'],
    [{ service: 'oss', fault: { kind: 'redirect', status: 307, location: '\n' } }, 'fault.location'],
    [{ service: 'oss', fault: { kind: 'redirect', status: 200, location: '/' } }, 'fault.status must be one of 301'],
  ];
  it.each(bad)('refuses %o and says: %s', (rule, words) => {
    expect(() => readFaultRule(rule)).toThrow(
      expect.objectContaining({ code: 'invalid-fault', message: expect.stringContaining(words) }),
    );
  });

  it('names all that is wrong at once', () => {
    expect(() => readFaultRule({ service: 'oss', queue: 'q', operation: 'x', fault: stall })).toThrow(
      /queue is of sqs alone; operation "x"/,
    );
  });

  it('knows each kind by its schema', () => {
    expect(FAULT_KINDS).toHaveLength(15);
  });
});
