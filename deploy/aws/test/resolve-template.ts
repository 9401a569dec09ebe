// Replaces what CloudFormation would: references to parameters of AWS and to names and ARNs of the template's own resources, joins. What only AWS knows
// (ids of subnets) stays as `LogicalId.Attribute`.

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: unknown;
  readonly dependsOn: readonly string[];
}

export interface Resources {
  readonly all: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** @throws where there is none, or more than one */
  one(type: string, isIt?: (resource: Resource) => boolean): Resource;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

type Json = Readonly<Record<string, unknown>>;

/** What CloudFormation would call it, or nearly. */
export const LEDGER_TABLE = 'oss-s3-bridge-Ledger-1A2B3C4D5E6F';

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::ECS::Service': 'ServiceName',
  'AWS::IAM::User': 'UserName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SecretsManager::Secret': 'Name',
};

export function resolveTemplate(template: Json, place: Place) {
  const raw = record(template.Resources);
  const resolve = createResolver(raw, place);
  const all = Object.entries(raw).map(([id, value]): Resource => {
    const { Type, Properties = {}, DeletionPolicy, DependsOn = [] } = record(value);
    return {
      id,
      type: String(Type),
      properties: record(resolve(Properties)),
      deletionPolicy: DeletionPolicy,
      dependsOn: [DependsOn].flat().map(String),
    };
  });
  const ofType = (type: string) => all.filter(resource => resource.type === type);
  const resources: Resources = {
    all,
    ofType,
    one(type, isIt = () => true) {
      const [found, ...others] = ofType(type).filter(isIt);
      if (found === undefined || others.length > 0)
        throw new Error(`There are ${others.length + 1} or none of ${type}.`);
      return found;
    },
  };
  const outputs = Object.entries(record(template.Outputs ?? {})).map(([id, value]) => [
    id,
    resolve(record(value).Value),
  ]);
  return { resources, outputs: Object.fromEntries(outputs) as Json };
}

export function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`No object: ${value}`);
  return value as Json;
}

function createResolver(raw: Json, place: Place) {
  const { account, region } = place;
  const isChina = region.startsWith('cn-');
  const partition = isChina ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const suffix = isChina ? 'amazonaws.com.cn' : 'amazonaws.com';
  const pseudo: Json = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': suffix,
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = [], ...others] = entries;
    if (others.length === 0 && name === 'Ref') return reference(String(argument));
    if (others.length === 0 && name === 'Fn::GetAtt' && Array.isArray(argument)) {
      return attribute(String(argument[0]), String(argument[1]));
    }
    if (others.length === 0 && name === 'Fn::Join' && Array.isArray(argument)) {
      return [resolve(argument[1])].flat().join(String(argument[0]));
    }
    if (others.length === 0 && name === 'Fn::Sub') {
      return String(argument).replaceAll(/\$\{([^}]+)\}/g, (_, inner: string) => String(reference(inner)));
    }
    return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member)]));
  }

  function reference(id: string): unknown {
    if (id in pseudo) return pseudo[id];
    const type = typeOf(id);
    const physical = nameOf(id);
    if (type === 'AWS::SQS::Queue') return `https://sqs.${region}.${suffix}/${account}/${physical}`;
    if (type === 'AWS::SecretsManager::Secret') return arn('secretsmanager', `secret:${physical}-AbCdEf`);
    return physical ?? id;
  }

  function attribute(id: string, name: string): unknown {
    const physical = nameOf(id);
    if (name === 'QueueName' || name === 'Name') return physical;
    if (name !== 'Arn' || physical === undefined) return `${id}.${name}`;
    if (typeOf(id) === 'AWS::SQS::Queue') return arn('sqs', physical);
    if (typeOf(id) === 'AWS::DynamoDB::Table') return arn('dynamodb', `table/${physical}`);
    if (typeOf(id) === 'AWS::Logs::LogGroup') return arn('logs', `log-group:${physical}:*`);
    return `${id}.${name}`;
  }

  function typeOf(id: string): string {
    return String(record(raw[id] ?? {}).Type);
  }

  function nameOf(id: string): string | undefined {
    const property = NAME_PROPERTIES[typeOf(id)];
    const name = property === undefined ? undefined : record(record(raw[id]).Properties)[property];
    if (typeof name === 'string') return name;
    // CloudFormation names it for the stack and the resource, and adds what nobody can know.
    return typeOf(id) === 'AWS::DynamoDB::Table' ? LEDGER_TABLE : undefined;
  }

  function arn(service: string, resource: string): string {
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }

  return resolve;
}
