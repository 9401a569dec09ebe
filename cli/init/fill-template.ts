// Fills the files of deploy/policies with the values of one installation, by the rules of fill.sh, which does the same for those who go by hand.

/** JSON, as a template or a document holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The names that stand in the files where values go. */
export const PLACEHOLDERS = [
  'AWS_PARTITION',
  'AWS_DNS_SUFFIX',
  'AWS_REGION',
  'AWS_ACCOUNT_ID',
  'BRIDGE_NAME',
  'QUEUE_NAME',
  'QUEUE_KMS_KEY_ARN',
  'FUNCTION_USER_ARN',
  'S3_BUCKET',
  'S3_PREFIX',
  'S3_KMS_KEY_ARN',
  'S3_ROLE_ARN',
  'S3_ROLE_EXTERNAL_ID',
  'WORKER_ROLE_ARN',
  'OSS_SECRET_ARN',
  'OSS_PARAMETER_ARN',
  'LEDGER_TABLE',
  'OSS_BUCKET',
  'OSS_PREFIX',
  'OSS_REGION',
  'ALIYUN_ACCOUNT_ID',
  'FUNCTION_NAME',
  'FAILURE_QUEUE',
  'LOG_PROJECT',
  'LOG_STORE',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type TemplateValues = Readonly<Partial<Record<Placeholder, string>>>;

const ANY_PLACEHOLDER = new RegExp(PLACEHOLDERS.join('|'), 'g');

/** What has no value keeps its name; ask `missingValues` first. A value is never looked at for names again. */
export function fillTemplate(template: Json, values: TemplateValues): Json {
  if (typeof template === 'string') return fillText(template, values);
  if (Array.isArray(template)) return template.map(item => fillTemplate(item, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, fillTemplate(item, values)]));
}

/** The names without a value, each once. */
export function missingValues(template: Json, values: TemplateValues): readonly Placeholder[] {
  const text = JSON.stringify(template);
  return PLACEHOLDERS.filter(name => values[name] === undefined && text.includes(name));
}

function fillText(text: string, values: TemplateValues): string {
  const isAwsArn = text.startsWith('arn:');
  return text.replaceAll(ANY_PLACEHOLDER, found => {
    const name = PLACEHOLDERS.find(placeholder => placeholder === found);
    const value = name === undefined ? undefined : values[name];
    if (value === undefined) return found;
    return isAwsArn && name === 'S3_PREFIX' ? withoutWildcards(value) : value;
  });
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars */
function withoutWildcards(prefix: string): string {
  return prefix.replaceAll(/[$*?]/g, special => `\${${special}}`);
}
