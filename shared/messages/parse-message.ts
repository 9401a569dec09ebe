import { Compile } from 'typebox/compile';
import { BridgeError } from '../bridge-error.ts';
import { keyFault } from '../keys/key-rules.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../limits.ts';
import { BatchMessage, type Message, ObjectMessage, RangeMessage } from './message.ts';
import { quoteText } from './quote-text.ts';

const objectMessage = Compile(ObjectMessage);
const batchMessage = Compile(BatchMessage);
const rangeMessage = Compile(RangeMessage);

const MAX_PATH_CHARACTERS = 100;

/**
 * Reads a queue message's body.
 * @throws BridgeError permanent `malformed-message`, with what is wrong in words; nothing else.
 */
export function parseMessage(body: string): Message {
  if (body.length > SQS_MESSAGE_MAX_BYTES) throw malformed(`it is longer than ${SQS_MESSAGE_MAX_BYTES} bytes`, body);
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('it is not a JSON object', body);
  if ('range' in value) return { kind: 'range', message: checked(rangeMessage, value, body) };
  if ('key' in value) {
    const message = checked(objectMessage, value, body);
    if ((message.backfill === undefined) !== (message.batch === undefined)) {
      throw malformed('`backfill` and `batch` go together', body);
    }
    refuseBadKey(message.key, body);
    return { kind: 'object', message };
  }
  if (!('batch' in value)) throw malformed('it has neither `key`, nor `batch`, nor `range`', body);
  const message = checked(batchMessage, value, body);
  // Otherwise anything may be a bound, but no listing can be asked for half a character.
  if (!message.from.isWellFormed() || !message.to.isWellFormed()) {
    throw malformed('`from` or `to` has a lone surrogate, which UTF-8 cannot carry', body);
  }
  for (const object of message.objects ?? []) refuseBadKey(object.key, body);
  return { kind: 'batch', message };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw malformed('it is not JSON', body, cause);
  }
}

function checked<T>(schema: Check<T>, value: unknown, body: string): T {
  if (schema.Check(value)) return value;
  const [fault] = schema.Errors(value);
  const where = fault?.instancePath === '' || fault === undefined ? 'the message' : nameOf(fault.instancePath);
  throw malformed(`${where} ${describeFault(fault?.message)}`, body);
}

/** A field may be unknown, and then its name is anybody's text. */
function nameOf(instancePath: string): string {
  return `\`${quoteText(instancePath.slice(1), MAX_PATH_CHARACTERS).slice(1, -1)}\``;
}

/** TypeBox's own words, but for unknown fields: those it tells by the schema that it gives them. */
function describeFault(message: string | undefined): string {
  if (message === undefined) return 'does not fit the schema';
  return message === 'schema is false' ? 'is not a field of such a message' : message;
}

interface Check<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

function refuseBadKey(key: string, body: string): void {
  const fault = keyFault(key);
  if (fault !== undefined) throw malformed(`\`key\` ${fault}`, body);
}

function malformed(what: string, body: string, cause?: unknown): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'malformed-message',
    message: `This message can't be read: ${what}. It begins with ${quoteText(body)}.`,
    cause,
  });
}
