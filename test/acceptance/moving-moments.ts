// When something happens to an object that a worker is moving: between which of its requests.

import type { Watcher, WorkerRequest } from './moving-bridge.ts';
import type { Answer } from './moving-stage.ts';

export type Where = 'before' | 'in its body' | 'after its effect';

export interface Moment {
  readonly name: string;
  /** Asked once for each request of the worker's, with those before it: where in this one it is, if it is in this one. */
  find(request: WorkerRequest, earlier: readonly WorkerRequest[]): Where | undefined;
  /** The body in which it is ends there, and the connection with it. */
  readonly breaksBody?: boolean;
}

const isRead = ({ service, operation }: WorkerRequest) => service === 'oss' && operation === 'GetObject';
const isWrite = ({ operation }: WorkerRequest) => operation === 'PutObject' || operation === 'CompleteMultipartUpload';
const isLook = ({ operation }: WorkerRequest) => operation === 'HeadObject';

export const WHILE_QUEUED: Moment = {
  name: 'before the first look',
  find: (_, earlier) => (earlier.length === 0 ? 'before' : undefined),
};
export const BEFORE_THE_READ: Moment = {
  name: 'between the look and the read',
  find: (request, earlier) => (isRead(request) && !earlier.some(isRead) ? 'before' : undefined),
};
export const IN_THE_BODY: Moment = {
  name: 'while the body is read',
  find: (request, earlier) => (isRead(request) && !earlier.some(isRead) ? 'in its body' : undefined),
};
export const IN_A_BODY_THAT_BREAKS: Moment = {
  ...IN_THE_BODY,
  name: 'while the body is read, which breaks off there',
  breaksBody: true,
};
export const BETWEEN_PARTS: Moment = {
  name: 'between two parts',
  find: request => (isRead(request) && (request.start ?? 0) > 0 ? 'before' : undefined),
};
export const BEFORE_THE_LAST_LOOKS: Moment = {
  name: 'before the looks at the end of an upload',
  find: (request, earlier) =>
    isLook(request) && request.service === 's3' && earlier.some(({ operation }) => operation === 'UploadPart')
      ? 'before'
      : undefined,
};
export const BETWEEN_THE_LAST_LOOKS: Moment = {
  name: 'between the looks at the end of an upload',
  find: (request, earlier) =>
    isLook(request) && request.service === 'oss' && earlier.some(({ operation }) => operation === 'UploadPart')
      ? 'before'
      : undefined,
};
export const BEFORE_THE_WRITE: Moment = {
  name: 'before the write',
  find: (request, earlier) => (isWrite(request) && !earlier.some(isWrite) ? 'before' : undefined),
};
export const BEFORE_THE_ANSWER: Moment = {
  name: 'after the write, before its answer',
  find: (request, earlier) => (isWrite(request) && !earlier.some(isWrite) ? 'after its effect' : undefined),
};
export const BEFORE_THE_LOOK_BACK: Moment = {
  name: 'before the look back',
  find: (request, earlier) =>
    isLook(request) && request.service === 'oss' && earlier.some(isWrite) ? 'before' : undefined,
};

export const AFTER_THE_WRITE: readonly Moment[] = [BEFORE_THE_ANSWER, BEFORE_THE_LOOK_BACK];

/** The number of the request, from 0, of a worker that nothing has disturbed before. */
export function atRequest(number: number, where: Where): Moment {
  return {
    name: `${where === 'before' ? 'before' : `${where}:`} request ${number}`,
    find: (_, earlier) => (earlier.length === number ? where : undefined),
  };
}

export interface Strike {
  readonly watcher: Watcher;
  /** What the worker asked for, in order. */
  readonly requests: readonly WorkerRequest[];
  /** How many of them had been answered when it struck; undefined: it did not. */
  readonly struckAfter: number | undefined;
}

/** Does it once, at that moment, while the worker waits. */
export function strikeAt(moment: Moment, action: () => Promise<void>, answer: Answer): Strike {
  const requests: WorkerRequest[] = [];
  let where: Where | undefined;
  let struckAfter: number | undefined;
  const strike = async (at: Where) => {
    if (where !== at || struckAfter !== undefined) return;
    struckAfter = at === 'before' ? requests.length - 1 : requests.length;
    await action();
    if (moment.breaksBody === true) throw new Error('The body breaks off here.');
  };
  return {
    requests,
    get struckAfter() {
      return struckAfter;
    },
    watcher: {
      async onRequest(request) {
        if (struckAfter === undefined) where = moment.find(request, requests);
        requests.push(request);
        await strike('before');
        await answer(request);
      },
      inBody: () => strike('in its body'),
      afterWrite: () => strike('after its effect'),
    },
  };
}
