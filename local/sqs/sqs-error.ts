// Every refusal is an SqsError: the JSON protocol's type, the older Query protocol's code (which SDKs read from a header), its status.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

interface ErrorShape {
  /** `__type` of the answer: `namespace#Name`. */
  readonly type: string;
  readonly queryCode: string;
  readonly status: number;
}

const SQS = 'com.amazonaws.sqs#';
const CORAL = 'com.amazon.coral.service#';
const LEGACY = 'AWS.SimpleQueueService.';

/** Codes and statuses are those of the service's published model. */
const SHAPES = {
  AccessDenied: { type: `${CORAL}AccessDeniedException`, queryCode: 'AccessDenied', status: 403 },
  BatchEntryIdsNotDistinct: batchShape('BatchEntryIdsNotDistinct'),
  BatchRequestTooLong: batchShape('BatchRequestTooLong'),
  EmptyBatchRequest: batchShape('EmptyBatchRequest'),
  IncompleteSignature: { type: `${CORAL}IncompleteSignatureException`, queryCode: 'IncompleteSignature', status: 400 },
  InternalError: { type: `${CORAL}InternalFailure`, queryCode: 'InternalError', status: 500 },
  InvalidAddress: { type: `${SQS}InvalidAddress`, queryCode: 'InvalidAddress', status: 404 },
  InvalidAttributeName: { type: `${SQS}InvalidAttributeName`, queryCode: 'InvalidAttributeName', status: 400 },
  InvalidAttributeValue: { type: `${SQS}InvalidAttributeValue`, queryCode: 'InvalidAttributeValue', status: 400 },
  InvalidBatchEntryId: batchShape('InvalidBatchEntryId'),
  InvalidClientTokenId: { type: `${CORAL}UnrecognizedClientException`, queryCode: 'InvalidClientTokenId', status: 403 },
  InvalidMessageContents: { type: `${SQS}InvalidMessageContents`, queryCode: 'InvalidMessageContents', status: 400 },
  InvalidParameterValue: {
    type: `${CORAL}InvalidParameterValueException`,
    queryCode: 'InvalidParameterValue',
    status: 400,
  },
  InvalidSignature: { type: `${CORAL}InvalidSignatureException`, queryCode: 'SignatureDoesNotMatch', status: 403 },
  MessageNotInflight: { type: `${SQS}MessageNotInflight`, queryCode: `${LEGACY}MessageNotInflight`, status: 400 },
  MissingAuthenticationToken: {
    type: `${CORAL}MissingAuthenticationTokenException`,
    queryCode: 'MissingAuthenticationToken',
    status: 403,
  },
  MissingParameter: {
    type: `${CORAL}MissingRequiredParameterException`,
    queryCode: 'MissingParameter',
    status: 400,
  },
  OverLimit: { type: `${SQS}OverLimit`, queryCode: 'OverLimit', status: 403 },
  PurgeQueueInProgress: { type: `${SQS}PurgeQueueInProgress`, queryCode: `${LEGACY}PurgeQueueInProgress`, status: 403 },
  QueueDeletedRecently: { type: `${SQS}QueueDeletedRecently`, queryCode: `${LEGACY}QueueDeletedRecently`, status: 400 },
  QueueDoesNotExist: { type: `${SQS}QueueDoesNotExist`, queryCode: `${LEGACY}NonExistentQueue`, status: 400 },
  QueueNameExists: { type: `${SQS}QueueNameExists`, queryCode: 'QueueAlreadyExists', status: 400 },
  ReceiptHandleIsInvalid: { type: `${SQS}ReceiptHandleIsInvalid`, queryCode: 'ReceiptHandleIsInvalid', status: 404 },
  RequestThrottled: { type: `${SQS}RequestThrottled`, queryCode: 'RequestThrottled', status: 403 },
  ResourceNotFound: {
    type: `${SQS}ResourceNotFoundException`,
    queryCode: 'ResourceNotFoundException',
    status: 404,
  },
  SerializationError: { type: `${CORAL}SerializationException`, queryCode: 'MalformedInput', status: 400 },
  TooManyEntriesInBatchRequest: batchShape('TooManyEntriesInBatchRequest'),
  UnknownOperation: { type: `${CORAL}UnknownOperationException`, queryCode: 'InvalidAction', status: 400 },
  UnsupportedOperation: { type: `${SQS}UnsupportedOperation`, queryCode: `${LEGACY}UnsupportedOperation`, status: 400 },
} as const satisfies Record<string, ErrorShape>;

export type SqsErrorCode = keyof typeof SHAPES;

/** Of any code: those that are not in the list are taken for the service's own. */
export function shapeOf(code: string): { readonly type: string; readonly queryCode: string } {
  const known = Object.entries(SHAPES).find(([name]) => name === code)?.[1];
  return known ?? { type: SQS + code, queryCode: code };
}

export class SqsError extends Error {
  override readonly name = 'SqsError';
  readonly code: SqsErrorCode;

  constructor(code: SqsErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get shape(): ErrorShape {
    return SHAPES[this.code];
  }

  get isSenderFault(): boolean {
    return this.shape.status < 500;
  }
}

export function invalidParameter(name: string, value: unknown, reason: string): SqsError {
  return new SqsError('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
}

export function missingParameter(name: string): SqsError {
  return new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

function batchShape(name: string): ErrorShape {
  return { type: SQS + name, queryCode: LEGACY + name, status: 400 };
}
