// The answers of Function Compute that are read, as schemas; what else is in them is ignored.
// https://www.alibabacloud.com/help/en/functioncompute/developer-reference/api-fc-2023-03-30-struct-function

import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { BridgeError } from '../../shared/bridge-error.ts';

const Text = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Amount = Type.Optional(Type.Union([Type.Number(), Type.Null()]));

const FcFunctionSchema = Type.Object({
  functionName: Type.String(),
  runtime: Text,
  handler: Text,
  codeSize: Amount,
  timeout: Amount,
  memorySize: Amount,
  role: Text,
  state: Text,
  stateReason: Text,
  lastUpdateStatus: Text,
  lastUpdateStatusReason: Text,
  internetAccess: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  /** Secrets are among the values: they are compared and checked, never shown. */
  environmentVariables: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
});
export type FcFunction = Static<typeof FcFunctionSchema>;

const TriggerSchema = Type.Object({
  triggerName: Type.String(),
  triggerType: Type.String(),
  sourceArn: Text,
  invocationRole: Text,
  qualifier: Text,
  status: Text,
  /** JSON as text; older versions of the API gave it as it is. */
  triggerConfig: Type.Optional(Type.Unknown()),
});
const TriggersSchema = Type.Object({ triggers: Type.Optional(Type.Array(TriggerSchema)) });

const TriggerConfigSchema = Type.Object({
  events: Type.Optional(Type.Array(Type.String())),
  filter: Type.Optional(Type.Object({ key: Type.Optional(Type.Object({ prefix: Text, suffix: Text })) })),
});

export type FcTrigger = Static<typeof TriggerSchema> & {
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
};

const AsyncConfigSchema = Type.Object({
  maxAsyncRetryAttempts: Amount,
  maxAsyncEventAgeInSeconds: Amount,
  destinationConfig: Type.Optional(
    Type.Object({ onFailure: Type.Optional(Type.Union([Type.Object({ destination: Text }), Type.Null()])) }),
  ),
});
export type FcAsyncConfig = Static<typeof AsyncConfigSchema>;

const FunctionsSchema = Type.Object({
  functions: Type.Optional(Type.Array(Type.Object({ functionName: Type.String() }))),
});

export const readFunction = reader(FcFunctionSchema);
export const readAsyncConfig = reader(AsyncConfigSchema);
const readTriggerList = reader(TriggersSchema);
const readFunctionList = reader(FunctionsSchema);
const triggerConfig = Compile(TriggerConfigSchema);

export function readTriggers(value: unknown): readonly FcTrigger[] {
  return (readTriggerList(value).triggers ?? []).map(trigger => {
    const config = readConfig(trigger.triggerConfig);
    const { prefix, suffix } = config.filter?.key ?? {};
    return { ...trigger, events: config.events ?? [], prefix: prefix ?? '', suffix: suffix ?? '' };
  });
}

export function readFunctionNames(value: unknown): readonly string[] {
  return (readFunctionList(value).functions ?? []).map(({ functionName }) => functionName);
}

/** Triggers of other types have other configurations, in which nothing is looked for. */
function readConfig(given: unknown): Static<typeof TriggerConfigSchema> {
  try {
    const value: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    return triggerConfig.Check(value) ? value : {};
  } catch {
    return {}; // No JSON: no events.
  }
}

function reader<Schema extends TSchema>(schema: Schema): (value: unknown) => Static<Schema> {
  const compiled = Compile(schema);
  return value => {
    if (compiled.Check(value)) return value;
    throw new BridgeError({
      kind: 'permanent',
      code: 'fc-bad-answer',
      message:
        'What answered is not Function Compute 3.0, or speaks another version. Check OSS_REGION and ALIYUN_ACCOUNT_ID.',
    });
  };
}
