// JSON in ASCII only. SQS refuses some characters (U+FFFE, U+FFFF, most controls) and silently depends on the encoding of others:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html. Escaped, every key survives.

export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
