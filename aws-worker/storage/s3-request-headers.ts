// Headers of ours on requests that the SDK makes, added before it signs them.

import type { S3DestinationOptions } from './s3-options.ts';

export type RequestHeaders = Readonly<Record<string, string>>;

/** Middleware for the step `build` of a client or a command. */
export function withHeaders(headers: RequestHeaders) {
  return <Args extends object, Output>(next: (args: Args) => Promise<Output>) =>
    (args: Args): Promise<Output> => {
      const { request } = args as { readonly request?: { readonly headers: Record<string, string> } };
      if (request !== undefined) Object.assign(request.headers, headers);
      return next(args);
    };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
export function payerHeader({ isRequesterPaying }: Pick<S3DestinationOptions, 'isRequesterPaying'>): RequestHeaders {
  return isRequesterPaying === true ? { 'x-amz-request-payer': 'requester' } : {};
}
