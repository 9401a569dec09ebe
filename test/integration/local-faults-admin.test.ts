// The faults over HTTP.

import { describe, expect, it } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { startFaultyCloud } from './local-faults-fixture.ts';

async function startAdmin() {
  const faulty = await startFaultyCloud({ adminPort: 0 });
  const url = `${faulty.cloud.adminUrl}/faults`;
  const call = async (method: string, path = '', body?: string, type = 'application/json') => {
    const headers = body === undefined ? {} : { 'content-type': type };
    const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: answer.status, location: answer.headers.get('location'), value };
  };
  return { ...faulty, url, call };
}

const RULE = { service: 'oss', operation: 'GetObject', times: 2, fault: { kind: 'status', status: 503 } };

describe('the admin endpoint', () => {
  it('takes a rule, tells how often it struck, and removes it', async () => {
    const { call, read } = await startAdmin();
    const added = await call('POST', '', JSON.stringify(RULE));
    const id = added.location?.split('/').at(-1);
    expect(added).toMatchObject({ status: 201, value: { ...RULE, id, matched: 0, struck: 0 } });
    const statuses = [(await read('oss')).status, (await read('oss')).status, (await read('oss')).status];
    expect(statuses).toEqual([503, 503, 404]);
    const struck = { ...RULE, id, matched: 3, struck: 2 };
    expect((await call('GET')).value).toEqual({ faults: [struck] });
    expect((await call('GET', `/${id}`)).value).toEqual(struck);
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await call('GET')).value).toEqual({ faults: [] });
  });

  it('removes all', async () => {
    const { call, cloud } = await startAdmin();
    cloud.faults.add({ service: 's3', fault: { kind: 'gzip' } });
    await call('POST', '', JSON.stringify(RULE));
    expect(cloud.faults.list()).toHaveLength(2);
    expect((await call('DELETE')).status).toBe(204);
    expect(cloud.faults.hasRules).toBe(false);
  });

  it.each([
    ['{"service":"oss"}', 400, 'invalid-fault', 'fault is required'],
    [
      '{"service":"oss","fault":{"kind":"stall","afterBytes":-1}}',
      400,
      'invalid-fault',
      'fault.afterBytes must be >= 0',
    ],
    ['{"service":"ledger","fault":{"kind":"lock","milliseconds":1}}', 400, 'invalid-fault', 'ledgerPath is required'],
    ['{', 400, 'invalid-request', 'JSON'],
  ])('refuses %s with %d and says what is wrong', async (body, status, code, words) => {
    const { call, cloud } = await startAdmin();
    const answer = await call('POST', '', body);
    expect(answer).toMatchObject({ status, value: { code, message: expect.stringContaining(words) } });
    expect(cloud.faults.hasRules).toBe(false);
  });

  it('takes nothing that a page of another site could send', async () => {
    const { call, cloud } = await startAdmin();
    expect((await call('POST', '', JSON.stringify(RULE), 'text/plain')).status).toBe(415);
    expect(cloud.faults.hasRules).toBe(false);
  });

  it.each([
    ['DELETE', '/fault-9', 'fault-unknown'],
    ['GET', '/fault-9', 'fault-unknown'],
    ['PUT', '', 'route-not-found'],
  ])('answers %s /faults%s with 404 %s', async (method, path, code) => {
    const { call } = await startAdmin();
    expect(await call(method, path)).toMatchObject({ status: 404, value: { code } });
  });

  it('is there only where it was asked for, and ends with the cloud', async () => {
    const without = await startFaultyCloud();
    expect(without.cloud.adminUrl).toBeUndefined();
    const { cloud, url } = await startAdmin();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    await fetch(url);
    await cloud.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('tells nobody the cloud’s keys', async () => {
    const { call } = await startAdmin();
    await call('POST', '', JSON.stringify(RULE));
    expect(JSON.stringify((await call('GET')).value)).not.toContain(LOCAL.ossCredentials.accessKeySecret);
  });
});
