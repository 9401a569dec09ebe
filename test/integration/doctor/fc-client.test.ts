import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFcClient, type FcClient } from '../../../cli/doctor/fc-client.ts';
import { FC_ACCOUNT, FC_KEY, type FcStub, startFcStub } from './stubs.ts';

const ask = { signal: new AbortController().signal };

let stub: FcStub;
let fc: FcClient;
const open = (own: { accessKeySecret?: string; securityToken?: string; accessKeyId?: string } = {}) =>
  createFcClient({
    ...{ accountId: FC_ACCOUNT, region: 'cn-hangzhou', accessKeyId: FC_KEY.id, accessKeySecret: FC_KEY.secret },
    ...{ securityToken: undefined, baseUrl: stub.url },
    ...own,
  });
beforeAll(async () => {
  stub = await startFcStub();
  stub.functions.set('f', {
    function: { functionName: 'f', runtime: 'nodejs20', environmentVariables: null },
    triggers: [
      { triggerName: 'o', triggerType: 'oss', triggerConfig: '{"events":["oss:ObjectCreated:*"]}' },
      { triggerName: 'h', triggerType: 'http', triggerConfig: '{"methods":["GET"]}' },
      { triggerName: 'n', triggerType: 'timer', triggerConfig: null },
      { triggerName: 'p', triggerType: 'oss', triggerConfig: { events: ['oss:ObjectCreated:PutObject'] } },
      { triggerName: 'q', triggerType: 'oss', triggerConfig: '{"events":' },
    ],
    asyncConfig: undefined,
  });
  fc = await open();
});
afterAll(() => stub.close());

describe('the client of Function Compute', () => {
  it('asks API version 2023-03-30, with signatures that Function Compute takes', async () => {
    expect(await fc.findFunction('f', ask)).toMatchObject({ functionName: 'f' });
    expect(stub.requests.at(-1)).toBe('GET /functions/f');
    await expect((await open({ accessKeySecret: 'wrong' })).findFunction('f', ask)).rejects.toMatchObject({
      kind: 'permanent',
    });
  });

  it('sends a token with a temporary key', async () => {
    const temporary = await open({ accessKeyId: 'STS.x', securityToken: 'token' });
    // The stub knows the other key alone; what matters is that the SDK takes it.
    await expect(temporary.findFunction('f', ask)).rejects.toMatchObject({ code: 'fc-access-denied' });
  });

  it('knows what is not there from what failed', async () => {
    expect(await fc.findFunction('none', ask)).toBeUndefined();
    expect(await fc.findAsyncConfig('f', ask)).toBeUndefined();
    await expect(fc.listTriggers('none', ask)).rejects.toMatchObject({ code: 'fc-not-found' });
  });

  it('reads triggers of every type, and events of those of OSS', async () => {
    const triggers = await fc.listTriggers('f', ask);
    expect(triggers.map(({ triggerName, events }) => [triggerName, events])).toEqual([
      ['o', ['oss:ObjectCreated:*']],
      ['h', []],
      ['n', []],
      ['p', ['oss:ObjectCreated:PutObject']],
      ['q', []],
    ]);
  });

  it('hands the event over as JSON, and the answer back', async () => {
    stub.handler = async event => ({ saw: JSON.parse(event.toString()) });
    expect(await fc.invoke('f', { events: ['\u4e2d'] }, ask)).toEqual({ saw: { events: ['\u4e2d'] } });
  });

  it('refuses answers of another kind', async () => {
    stub.functions.set('odd', { function: { name: 'odd' }, triggers: [], asyncConfig: undefined });
    await expect(fc.findFunction('odd', ask)).rejects.toMatchObject({ code: 'fc-bad-answer' });
    stub.functions.delete('odd');
  });

  it('ends when it is told to, though the SDK goes on', async () => {
    const stop = new AbortController();
    stub.handler = () => new Promise(() => {});
    const invoking = fc.invoke('f', {}, { signal: stop.signal });
    stop.abort();
    await expect(invoking).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
