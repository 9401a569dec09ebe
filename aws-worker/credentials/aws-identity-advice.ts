// What to do when AWS does not accept who asks, by the name of its error. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html

const EXPIRED =
  'The temporary AWS credentials have expired. Renew AWS_SESSION_TOKEN and its keys, or use a role, which renews itself.';
const UNKNOWN =
  'AWS does not know the access key, or it is disabled: check AWS_ACCESS_KEY_ID, and the key in IAM. Keys of AWS China work in China only.';
const WRONG_SECRET =
  'The secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY for a missing or extra character, and the clock.';

export const AWS_IDENTITY_ADVICE: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'No AWS credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or task a role.',
  InvalidClientTokenId: UNKNOWN,
  UnrecognizedClientException: UNKNOWN,
  SignatureDoesNotMatch: WRONG_SECRET,
  InvalidSignatureException: WRONG_SECRET,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  RequestExpired: 'AWS says that the request is of another time: set the clock of this machine (NTP).',
  RegionDisabledException: 'STS is not active in this region for the account: activate it in IAM, account settings.',
};
