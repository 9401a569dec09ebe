// Which of AWS's separate worlds a region belongs to. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

export interface Partition {
  /** The second part of an ARN. */
  readonly name: string;
  readonly dnsSuffix: string;
}

const COMMERCIAL: Partition = { name: 'aws', dnsSuffix: 'amazonaws.com' };
const OTHERS: readonly (readonly [regions: RegExp, partition: Partition])[] = [
  [/^cn-/, { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  [/^us-gov-/, { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
  [/^eusc-/, { name: 'aws-eusc', dnsSuffix: 'amazonaws.eu' }],
  [/^us-iso-/, { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov' }],
  [/^us-isob-/, { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov' }],
  [/^eu-isoe-/, { name: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk' }],
  [/^us-isof-/, { name: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov' }],
];

export function partitionOf(region: string): Partition {
  return OTHERS.find(([regions]) => regions.test(region))?.[1] ?? COMMERCIAL;
}

/** Undefined for what is no ARN. */
export function partitionInArn(text: string | undefined): string | undefined {
  return /^arn:([a-z-]+):/.exec(text ?? '')?.[1];
}
