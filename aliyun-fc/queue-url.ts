// What a queue's URL tells: host, region, name.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html

export interface QueueUrl {
  readonly text: string;
  /** Where requests for the queue go: scheme, host and port. */
  readonly origin: string;
  readonly name: string;
  /** Undefined when the host does not tell: a proxy, another server. */
  readonly region: string | undefined;
  /** On this machine. */
  readonly isLocal: boolean;
}

const REGION_IN_HOST = [
  /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.(?:com|com\.cn|eu)$/,
  /^sqs(?:-fips)?\.([a-z0-9-]+)\.api\.(?:aws|amazonwebservices\.com\.cn)$/,
  /^([a-z0-9-]+)\.queue\.amazonaws\.com$/,
];

/** Undefined when the text is not `http(s)://HOST/ACCOUNT/NAME`. */
export function readQueueUrl(text: string): QueueUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  const name = /^\/[^/]+\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/.exec(url.pathname + url.search + url.hash)?.[1];
  if (name === undefined) return undefined;
  return { text, origin: url.origin, name, region: regionOf(url.hostname), isLocal: isLoopback(url.hostname) };
}

function regionOf(host: string): string | undefined {
  for (const pattern of REGION_IN_HOST) {
    const region = pattern.exec(host)?.[1];
    if (region !== undefined) return region;
  }
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}
