// What each failure of DynamoDB means to the ledger: `ledger-busy`, which time mends, or `ledger-unavailable`, which a person must. The first rule that fits counts.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html

export interface DynamodbFailure {
  readonly name: string;
  readonly text: string;
  readonly status: number | undefined;
}

export interface DynamodbErrorRule {
  readonly names?: readonly string[];
  readonly namePattern?: RegExp;
  readonly text?: RegExp;
  readonly statuses?: readonly number[];
  readonly code: 'ledger-busy' | 'ledger-unavailable';
  /** `{action}`, `{table}` and `{region}` are filled in. */
  readonly advice: string;
}

/** How a table is made, for sentences that miss one. */
export const HOW_TO_MAKE_IT = 'LEDGER_URL=dynamodb:{table} npx bridge init --yes';

/** A rule's conditions must all hold. */
export const DYNAMODB_ERROR_RULES: readonly DynamodbErrorRule[] = [
  {
    names: [
      'CredentialsProviderError',
      'TokenProviderError',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
    ],
    code: 'ledger-unavailable',
    advice:
      'no AWS credentials were found or they could not be loaded. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or task a role.',
  },
  {
    text: /scoped to a valid region/i,
    code: 'ledger-unavailable',
    advice:
      'the request was signed for another region than its endpoint. Set AWS_REGION to the region of the table, and look at AWS_ENDPOINT_URL_DYNAMODB.',
  },
  {
    names: ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'],
    code: 'ledger-busy',
    advice: 'the clock of this machine differs from that of AWS by minutes. Set the clock (NTP).',
  },
  {
    text: /signature (?:expired|not yet current)/i,
    code: 'ledger-busy',
    advice: 'the clock of this machine differs from that of AWS by minutes. Set the clock (NTP).',
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    code: 'ledger-unavailable',
    advice:
      'the temporary AWS credentials have expired. Renew AWS_SESSION_TOKEN and its keys, or use a role, which renews itself.',
  },
  {
    names: [
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
      'IncompleteSignature',
      'IncompleteSignatureException',
    ],
    code: 'ledger-unavailable',
    advice:
      'AWS does not accept the credentials. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; keys of AWS China work in cn-north-1 and cn-northwest-1 only, and other keys not there.',
  },
  {
    namePattern: /^(?:AccessDenied|KMS)/i,
    text: /\bkms\b/i,
    code: 'ledger-unavailable',
    advice:
      'the KMS key that encrypts it cannot be used. Allow kms:Decrypt on it to the role or user of the worker, and check that the key is enabled.',
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'OptInRequired', 'NotAuthorized'],
    code: 'ledger-unavailable',
    advice:
      'not allowed. Allow {action} on it in the policy of the role or user of the worker (deploy/policies/aws-worker-ledger.json has all that it needs), and look for a policy that denies it.',
  },
  {
    names: ['ResourceNotFoundException', 'TableNotFoundException'],
    code: 'ledger-unavailable',
    advice: `there is no such table in {region}, or not any more. Let LEDGER_URL and AWS_REGION name another one, or make it: ${HOW_TO_MAKE_IT}`,
  },
  {
    names: ['ResourceInUseException'],
    code: 'ledger-busy',
    advice: 'the table is being made or changed. It is tried again.',
  },
  {
    text: /does not match the schema|Missing the key|expected: [SNB] actual: [SNB]/i,
    code: 'ledger-unavailable',
    advice: `the table has another key schema than a ledger: it is another program's, or was made anew otherwise. Let LEDGER_URL name another table.`,
  },
  {
    names: ['SyntaxError', 'Unknown'],
    statuses: [500, 502, 503, 504],
    code: 'ledger-busy',
    advice: 'DynamoDB, or a proxy in between, could not serve it.',
  },
  {
    names: ['UnknownOperationException', 'SerializationException', 'SyntaxError', 'Unknown'],
    code: 'ledger-unavailable',
    advice:
      'what answered is not DynamoDB (a proxy, or another server?). Check AWS_ENDPOINT_URL_DYNAMODB and the proxies of this machine.',
  },
  {
    namePattern: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/,
    code: 'ledger-unavailable',
    advice:
      'its TLS certificate is not trusted. If a proxy of yours is in between, name its certificate in NODE_EXTRA_CA_CERTS.',
  },
  {
    names: [
      'ProvisionedThroughputExceededException',
      'ThrottlingException',
      'ThrottlingError',
      'Throttling',
      'ThrottledException',
      'RequestLimitExceeded',
      'TooManyRequestsException',
    ],
    code: 'ledger-busy',
    advice:
      'DynamoDB throttles it for longer than this worker waits. It grows by itself; if this stays, see whether the table is PAY_PER_REQUEST, and raise the quota of the table or of the account.',
  },
  {
    names: [
      'TransactionConflict',
      'TransactionConflictException',
      'TransactionInProgressException',
      'ReplicatedWriteConflictException',
    ],
    code: 'ledger-busy',
    advice: 'other workers wrote the same rows at the same moment for longer than this one waits.',
  },
  {
    names: ['ENOTFOUND', 'EAI_AGAIN'],
    code: 'ledger-busy',
    advice:
      'the host name of DynamoDB was not found. Check AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB and the DNS of this machine.',
  },
  { statuses: [429], code: 'ledger-busy', advice: 'requests are throttled for longer than this worker waits.' },
  { statuses: [401, 403], code: 'ledger-unavailable', advice: 'not allowed. Allow {action} on it.' },
  {
    namePattern: /^(?:AbortError|TimeoutError|E[A-Z_]{3,}|ERR_STREAM\w*)$/,
    code: 'ledger-busy',
    advice: 'DynamoDB could not be reached, or did not answer in time.',
  },
];

/** Of any other failure with a status of 500 or more. */
export const UNAVAILABLE_SERVER: DynamodbErrorRule = { code: 'ledger-busy', advice: 'DynamoDB could not serve it.' };
