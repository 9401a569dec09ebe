// An STS that says who everybody is, to whoever asks, and gives the credentials of roles. It checks no signature, and knows by the access key alone
// whether a role asks.

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';

export interface StsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly sessionExpiresAt: Date;
  /** Of the role in it. */
  readonly arn: string;
}

export type StsAction = 'GetCallerIdentity' | 'AssumeRole';

export interface StsStub {
  readonly origin: string;
  /** All that it was asked, in order. */
  readonly calls: string[];
  /** What AssumeRole was asked, in order. */
  readonly assumptions: {
    readonly roleArn: string;
    readonly externalId: string | undefined;
    readonly accessKeyId: string | undefined;
  }[];
  /** What AssumeRole gave, in order; each has an access key of its own. A local S3 takes them as its `sessions`. */
  readonly sessions: StsSession[];
  /** What the roles' trust policies ask for. */
  readonly trust: { externalId: string | undefined };
  /** How long sessions last, whatever is asked. */
  sessionSeconds: number;
  /** From now on this action is answered with this error; undefined: it succeeds. */
  refuse(action: StsAction, code: string | undefined): void;
  close(): Promise<void>;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export async function startStsStub(identity: { readonly accountId: string; readonly arn: string }): Promise<StsStub> {
  const refusals = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const action = form.get('Action') ?? '';
    const accessKeyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    const answer = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    try {
      stub.calls.push(action);
      const refusal = refusals.get(action);
      if (refusal !== undefined) throw new Refusal(refusal, 'Refused.');
      const result = action === 'AssumeRole' ? assumeRole(stub, form, accessKeyId) : whoIs(identity, stub, accessKeyId);
      answer(
        200,
        `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result></${action}Response>`,
      );
    } catch (error) {
      const { code, message } = error instanceof Refusal ? error : new Refusal('InternalFailure', String(error));
      const words = `<Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>`;
      answer(403, `<ErrorResponse xmlns="${NAMESPACE}"><Error>${words}</Error></ErrorResponse>`);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const stub: StsStub = {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    calls: [],
    assumptions: [],
    sessions: [],
    trust: { externalId: undefined },
    sessionSeconds: 3600,
    refuse(action, code) {
      if (code === undefined) refusals.delete(action);
      else refusals.set(action, code);
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}

class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function assumeRole(stub: StsStub, form: URLSearchParams, accessKeyId: string | undefined): string {
  const roleArn = form.get('RoleArn') ?? '';
  const externalId = form.get('ExternalId') ?? undefined;
  stub.assumptions.push({ roleArn, externalId, accessKeyId });
  if (externalId !== stub.trust.externalId) {
    throw new Refusal('AccessDenied', `Not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
  }
  const given: StsSession = {
    accessKeyId: `ASIAROLE${stub.sessions.length + 1}`,
    secretAccessKey: TEST_SECRETS['secret of an assumed role'],
    sessionToken: TEST_SECRETS['token of an assumed role'],
    // As STS writes it: to the second.
    sessionExpiresAt: new Date(Math.ceil(Date.now() / 1000 + stub.sessionSeconds) * 1000),
    arn: `${roleArn.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/${form.get('RoleSessionName')}`,
  };
  stub.sessions.push(given);
  const credentials = [
    `<AccessKeyId>${given.accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${given.secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${given.sessionToken}</SessionToken>`,
    `<Expiration>${given.sessionExpiresAt.toISOString()}</Expiration>`,
  ].join('');
  const user = `<AssumedRoleId>AROAEXAMPLE:${form.get('RoleSessionName')}</AssumedRoleId><Arn>${given.arn}</Arn>`;
  return `<Credentials>${credentials}</Credentials><AssumedRoleUser>${user}</AssumedRoleUser>`;
}

function whoIs(
  identity: { readonly accountId: string; readonly arn: string },
  { sessions }: StsStub,
  accessKeyId: string | undefined,
): string {
  const session = sessions.find(given => given.accessKeyId === accessKeyId);
  const arn = session?.arn ?? identity.arn;
  const accountId = session === undefined ? identity.accountId : arn.split(':')[4];
  return `<Arn>${arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>${accountId}</Account>`;
}
