// A request that S3 refused because its session has ended was not carried out: it is made once more, with a new session. The SDK renews only by the
// clock, some minutes before the end, and clocks differ.

import type { SigningIdentity } from './s3-v4-signer.ts';

/** Middleware for the step `initialize` of a client. */
export function renewExpired(
  identity: () => Promise<SigningIdentity>,
  renewIdentity: (refused: SigningIdentity) => Promise<unknown>,
) {
  return <Args extends object, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      const signedBy = await identity();
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ExpiredToken')) throw error;
        await renewIdentity(signedBy);
        return await next(args);
      }
    };
}
