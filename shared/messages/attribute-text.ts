const MAX_CHARACTERS = 1_000;

/**
 * A text as the value of a message attribute. SQS refuses empty values, and characters that XML 1.0 does not have:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html
 */
export function attributeText(text: string): string {
  const legal = text
    .slice(0, MAX_CHARACTERS)
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return legal === '' ? '-' : legal;
}
