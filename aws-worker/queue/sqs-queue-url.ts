// What a queue URL tells. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html

export interface QueueAddress {
  /** Undefined where the host is not AWS's own (a local queue). */
  readonly region?: string;
  readonly name: string;
  readonly isFifo: boolean;
}

/** Today's hosts, the older ones, and interface endpoints; China's partition too. */
const AWS_HOSTS = [
  /^sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/,
  /^sqs(?:-fips)?\.([a-z0-9-]+)\.api\.(?:aws|amazonwebservices\.com\.cn)$/,
  /^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$/,
  /^vpce-[a-z0-9-]+\.sqs\.([a-z0-9-]+)\.vpce\.amazonaws\.com(?:\.cn)?$/,
];

/** Undefined when it is not a queue URL at all. */
export function parseQueueUrl(queueUrl: string): QueueAddress | undefined {
  if (!URL.canParse(queueUrl)) return undefined;
  const url = new URL(queueUrl);
  const name = url.pathname.split('/').at(-1);
  if (!/^https?:$/.test(url.protocol) || name === undefined || name === '') return undefined;
  const region = regionOfHost(url.hostname);
  return { ...(region === undefined ? {} : { region }), name, isFifo: name.endsWith('.fifo') };
}

function regionOfHost(host: string): string | undefined {
  if (host === 'queue.amazonaws.com') return 'us-east-1';
  for (const pattern of AWS_HOSTS) {
    const region = pattern.exec(host)?.[1];
    if (region !== undefined) return region;
  }
  return undefined;
}

/** The URL of another queue of the same account and region. */
export function siblingQueueUrl(queueUrl: string, name: string): string {
  return queueUrl.replace(/[^/]+$/, name);
}
