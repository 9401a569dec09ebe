// AWS Secrets Manager and Systems Manager, of which each answers one call: GetSecretValue and GetParameter. It checks no signature.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export interface SecretsStub {
  /** Of both: AWS_ENDPOINT_URL_SECRETS_MANAGER and AWS_ENDPOINT_URL_SSM. */
  readonly origin: string;
  /** Texts, or bytes, by name. An ARN finds them, too. */
  readonly secrets: Map<string, string | Uint8Array>;
  readonly parameters: Map<string, string>;
  /** `GetSecretValue NAME`, in order. */
  readonly calls: string[];
  /** From now on everything is answered with this error; undefined: it succeeds. */
  refuse(code: string | undefined): void;
  close(): Promise<void>;
}

type Input = Readonly<Record<string, unknown>>;

export async function startSecretsStub(): Promise<SecretsStub> {
  let refusal: string | undefined;
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input: Input = JSON.parse(await text(request));
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    stub.calls.push(`${action} ${input.SecretId ?? input.Name}`);
    try {
      if (refusal !== undefined) throw new Refusal(refusal);
      const output = ACTIONS[action]?.(stub, input);
      if (output === undefined) throw new Refusal('UnknownOperationException');
      response.writeHead(200, headers).end(JSON.stringify(output));
    } catch (error) {
      const code = error instanceof Refusal ? error.message : 'InternalServiceError';
      const status = code === 'InternalServiceError' ? 500 : 400;
      response.writeHead(status, headers).end(JSON.stringify({ __type: code, Message: 'Refused.' }));
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const stub: SecretsStub = {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    secrets: new Map(),
    parameters: new Map(),
    calls: [],
    refuse: code => {
      refusal = code;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}

/** Its message is AWS's name of the error. */
class Refusal extends Error {}

const ACTIONS: Readonly<Record<string, (stub: SecretsStub, input: Input) => object>> = {
  GetSecretValue({ secrets }, { SecretId }) {
    const [, inArn] = /:secret:(.+)-\w{6}$/.exec(String(SecretId)) ?? [];
    const Name = inArn ?? String(SecretId);
    const value = secrets.get(Name);
    if (value === undefined) throw new Refusal('ResourceNotFoundException');
    const given =
      typeof value === 'string' ? { SecretString: value } : { SecretBinary: Buffer.from(value).toString('base64') };
    return { ARN: `arn:aws:secretsmanager:us-east-1:111122223333:secret:${Name}-a1B2c3`, Name, ...given };
  },
  GetParameter({ parameters }, { Name, WithDecryption }) {
    const [, inArn] = /:parameter\/(.+)$/.exec(String(Name)) ?? [];
    const value = parameters.get(String(Name)) ?? parameters.get(`/${inArn}`) ?? parameters.get(String(inArn));
    if (value === undefined) throw new Refusal('ParameterNotFound');
    const Value = WithDecryption === true ? value : Buffer.from(value).toString('base64');
    return { Parameter: { Name, Type: 'SecureString', Value, Version: 1 } };
  },
};
