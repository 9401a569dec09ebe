// Reads the members of a request's JSON, and refuses in the words of SQS what has the wrong type or is out of range.

import { invalidParameter, missingParameter, SqsError } from './sqs-error.ts';

export type Input = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseInput(body: Buffer): Input {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    value = undefined; // Refused below, like JSON that is no object.
  }
  if (!isRecord(value)) throw new SqsError('SerializationError', 'The request body is not a JSON object.');
  return value;
}

export function optionalString(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new SqsError('SerializationError', `${name} must be a string.`);
}

export function requiredString(input: Input, name: string): string {
  const value = optionalString(input, name);
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function optionalInteger(input: Input, name: string, { min, max }: Bounds): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new SqsError('SerializationError', `${name} must be a number.`);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidParameter(name, value, `Must be between ${min} and ${max}, if provided.`);
}

export function stringList(input: Input, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
  throw new SqsError('SerializationError', `${name} must be a list of strings.`);
}

export function stringMap(input: Input, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {};
  if (!isRecord(value)) throw new SqsError('SerializationError', `${name} must be a map of strings.`);
  const entries = Object.entries(value).map(([key, item]): [string, string] => {
    if (typeof item !== 'string') throw new SqsError('SerializationError', `${name}.${key} must be a string.`);
    return [key, item];
  });
  return Object.fromEntries(entries);
}
