// An STS that says who everybody is, to whoever asks. It checks no signature.

import { createServer } from 'node:http';

export interface StsStub {
  readonly origin: string;
  close(): Promise<void>;
}

export async function startStsStub(identity: { readonly accountId: string; readonly arn: string }): Promise<StsStub> {
  const server = createServer((request, response) => {
    request.resume();
    const result = `<Arn>${identity.arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>${identity.accountId}</Account>`;
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
