// From anything to a rule that can strike. What cannot is refused in words, all of it at once: a rule that never strikes makes a test that
// proves nothing.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Compile } from 'typebox/compile';
import { compileValidator, InvalidRequestError } from '../../aws-worker/http/validate-request.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { FAULT_KINDS, FAULT_SCHEMAS, type Fault, type FaultKind, type FaultRule, RuleSchema } from './fault-rule.ts';
import { KNOWN_OPERATIONS } from './known-operations.ts';
import { OPERATIONS_OF_KIND } from './match-rule.ts';

/** Validates `{ ...rule, fault: { kind } }`; the details of a fault have a schema for each kind. */
const ruleHead = Compile(RuleSchema);
const explainHead = compileValidator({ schema: RuleSchema, httpPart: 'the rule' });
const details = new Map(
  FAULT_KINDS.map(kind => {
    const schema = FAULT_SCHEMAS[kind];
    return [kind, { check: Compile(schema), explain: compileValidator({ schema, httpPart: 'fault' }) }] as const;
  }),
);
const SQS_KINDS: readonly FaultKind[] = ['duplicate', 'reorder', 'expire'];

/** @throws BridgeError permanent `invalid-fault` that names each fault of the rule */
export function readFaultRule(value: unknown): FaultRule {
  if (!ruleHead.Check(value)) throw refuse(explanationOf(explainHead(value)));
  const { fault: given, ...head } = value;
  const detail = details.get(given.kind);
  const fault: unknown = given;
  if (detail === undefined || !isFault(detail.check, fault)) {
    throw refuse(explanationOf(detail?.explain(fault)).map(text => text.replace(/^(?!fault )/, 'fault.')));
  }
  const rule: FaultRule = { ...head, fault };
  const wrong = [...wrongPlaces(rule), ...wrongOperations(rule), ...wrongHeaders(fault)];
  if (wrong.length > 0) throw refuse(wrong);
  return rule;
}

function isFault(check: { Check(value: unknown): boolean }, value: unknown): value is Fault {
  return check.Check(value);
}

function explanationOf(verdict: ReturnType<typeof explainHead> | undefined): readonly string[] {
  if (verdict === undefined || !('error' in verdict) || !(verdict.error instanceof InvalidRequestError)) return [];
  return verdict.error.faults.map(({ field, message }) => `${field} ${message}`);
}

function wrongPlaces(rule: FaultRule): readonly string[] {
  const { service, fault, times } = rule;
  const isLock = fault.kind === 'lock';
  const given = Object.keys(rule).filter(name => name !== 'service' && name !== 'fault');
  const useless = (names: readonly string[], reason: string) =>
    given.filter(name => names.includes(name)).map(name => `${name} ${reason}`);
  return [
    ...((service === 'ledger') === isLock ? [] : [`fault.kind "${fault.kind}" is nothing that ${service} can have`]),
    ...(SQS_KINDS.includes(fault.kind) && service !== 'sqs' ? [`fault.kind "${fault.kind}" is of sqs alone`] : []),
    ...(service === 'ledger'
      ? useless(['operation', 'key', 'keyPrefix', 'queue', 'skip', 'probability'], 'is of requests, not of the ledger')
      : useless(['ledgerPath'], 'is of the ledger alone')),
    ...(service === 'sqs' ? useless(['key', 'keyPrefix'], 'is of oss and s3 alone') : []),
    ...(service === 'oss' || service === 's3' ? useless(['queue'], 'is of sqs alone') : []),
    ...(isLock && (times ?? 1) > 1 && fault.pauseMilliseconds === undefined
      ? ['times needs fault.pauseMilliseconds: how long the ledger is free in between']
      : []),
  ];
}

function wrongOperations({ service, operation, fault }: FaultRule): readonly string[] {
  if (service === 'ledger' || operation === undefined) return [];
  const known = OPERATIONS_OF_KIND[fault.kind]?.possible ?? KNOWN_OPERATIONS[service];
  return [operation]
    .flat()
    .filter(name => !known.includes(name))
    .map(name => `operation ${JSON.stringify(name)} is not one of ${known.join(', ')}`);
}

function wrongHeaders(fault: Fault): readonly string[] {
  if (fault.kind === 'redirect') return wrongHeader('fault.location', 'location', fault.location);
  return fault.kind === 'header' ? wrongHeader('fault', fault.name, fault.value ?? '') : [];
}

function wrongHeader(field: string, name: string, value: string): readonly string[] {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return [];
  } catch (error) {
    return [`${field}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function refuse(wrong: readonly string[]): BridgeError {
  const message = `The fault is not one that can strike: ${wrong.join('; ')}.`;
  return new BridgeError({ kind: 'permanent', code: 'invalid-fault', message });
}
