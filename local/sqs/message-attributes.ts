// A message's own attributes: what they weigh, their digest, which of them a receiver asked for.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html

import { createHash } from 'node:crypto';
import { type Input, isRecord, optionalString } from './read-input.ts';
import { SqsError } from './sqs-error.ts';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
const NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/;

export function readMessageAttributes(input: Input, member: string): MessageAttributes {
  const value = input[member] ?? {};
  if (!isRecord(value)) throw new SqsError('SerializationError', `${member} must be a map.`);
  const entries = Object.entries(value).map(([name, item]) => [name, readAttribute(name, item)] as const);
  if (entries.length > MAX_ATTRIBUTES) {
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  }
  return Object.fromEntries(entries);
}

function readAttribute(name: string, item: unknown): MessageAttribute {
  if (!NAME.test(name) || /^(aws|amazon)\./i.test(name))
    throw invalid(`The message attribute name '${name}' is invalid.`);
  if (!isRecord(item))
    throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value.`);
  const DataType = optionalString(item, 'DataType') ?? '';
  if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
    throw invalid(`The message attribute '${name}' has an invalid message attribute type.`);
  }
  const isBinary = DataType.startsWith('Binary');
  const text = optionalString(item, isBinary ? 'BinaryValue' : 'StringValue');
  if (!text) throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value.`);
  return isBinary ? { DataType, BinaryValue: text } : { DataType, StringValue: text };
}

function invalid(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}

function valueBytes(attribute: MessageAttribute): Buffer {
  const { StringValue, BinaryValue = '' } = attribute;
  return StringValue === undefined ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue);
}

/** Names, types and values count towards the message's size. */
export function attributesSizeBytes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, item]) => sum + Buffer.byteLength(name) + Buffer.byteLength(item.DataType) + valueBytes(item).length,
    0,
  );
}

/**
 * Lower-case hex; undefined when there are none. Each of name, type and value goes in with its length as four bytes, by name.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const update = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    update(Buffer.from(name));
    update(Buffer.from(attribute.DataType));
    hash.update(Buffer.from([attribute.DataType.startsWith('Binary') ? 2 : 1]));
    update(valueBytes(attribute));
  }
  return hash.digest('hex');
}

/** `All`, `.*`, a name, or `prefix.*`. */
export function selectAttributes(attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string) =>
    wanted.some(
      pattern =>
        pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
