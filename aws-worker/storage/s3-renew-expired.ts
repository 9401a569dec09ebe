// A request that S3 refused because its session has ended was not carried out: it is made once more, with a new session. The SDK renews only by the
// clock, some minutes before the end; clocks differ, and sessions can be revoked.

/** Middleware for the step `initialize` of a client. */
export function renewExpired(renew: () => Promise<unknown>) {
  return <Args extends object, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ExpiredToken')) throw error;
        await renew();
        return await next(args);
      }
    };
}
