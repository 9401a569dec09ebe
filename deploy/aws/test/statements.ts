// The permissions of a template, one statement each, whatever kind of resource grants them.

import { type Resource, type Resources, record } from './resolve-template.ts';

export interface Statement {
  readonly sid: unknown;
  readonly effect: unknown;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/** Of the role or user itself, and of the policies that are attached to it. */
export function statementsOf(resources: Resources, identity: Resource): readonly Statement[] {
  const inline = list(identity.properties.Policies).map(policy => record(policy).PolicyDocument);
  const attached = resources.ofType('AWS::IAM::Policy').filter(({ properties }) => {
    const holders = [...list(properties.Roles), ...list(properties.Users)];
    return holders.includes(identity.id) || holders.includes(identity.properties.UserName);
  });
  return [...inline, ...attached.map(({ properties }) => properties.PolicyDocument)].flatMap(readStatements);
}

export function readStatements(document: unknown): readonly Statement[] {
  return list(record(document).Statement)
    .map(record)
    .map(({ Sid, Effect, Action, Resource, Condition }) => ({
      sid: Sid,
      effect: Effect,
      actions: [Action].flat().map(String).sort(),
      resources: [Resource].flat().map(String).sort(),
      condition: Condition,
    }));
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`No list: ${JSON.stringify(value)}`);
  return value;
}
