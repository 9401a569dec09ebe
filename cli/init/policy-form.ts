// Policies in one form, so that two texts that say the same are equal: AWS gives back what it was given in an order and a spelling of its own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { isRecord, type JsonRecord, parseJson } from './json.ts';

/** Members whose value is one text or a list of them. */
const LISTS = ['Action', 'NotAction', 'Resource', 'NotResource'];

/** Undefined for a text that is no policy. The same for two policies that allow and deny the same in the same statements. */
export function policyForm(text: string): string | undefined {
  const policy = parseJson(text);
  if (!isRecord(policy)) return undefined;
  const statements = [policy.Statement ?? []].flat().filter(isRecord);
  return JSON.stringify(statements.map(statement => JSON.stringify(sorted(statementForm(statement)))).sort());
}

function statementForm(statement: JsonRecord): JsonRecord {
  const lists = LISTS.filter(name => statement[name] !== undefined).map(name => [name, listForm(statement[name])]);
  const principal = statement.Principal === undefined ? {} : { Principal: principalForm(statement.Principal) };
  return { ...statement, ...Object.fromEntries(lists), ...principal };
}

/** `"*"` and `{"AWS": "*"}` are the same; so are a text and a list of it alone. */
function principalForm(principal: unknown): unknown {
  const parts = isRecord(principal) ? principal : { AWS: principal };
  return Object.fromEntries(Object.entries(parts).map(([kind, names]) => [kind, listForm(names)]));
}

function listForm(value: unknown): unknown {
  return [value].flat().map(String).sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(name => [name, sorted(value[name])]),
  );
}
