import { describe, expect, it } from 'vitest';
import { type EndpointTrial, judgeEndpoints, planEndpoints } from '../../../../cli/doctor/oss-endpoint-items.ts';
import { type NamedEndpoint, REAL_SEAMS } from '../../../../cli/doctor/seams.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';

const OWN = REAL_SEAMS.ossEndpoints('cn-hangzhou');
const plan = (endpoint: string | undefined) => {
  const oss = { region: 'cn-hangzhou', bucket: 'b', endpoint: endpoint === undefined ? undefined : new URL(endpoint) };
  return planEndpoints({ oss } as Parameters<typeof planEndpoints>[0], OWN).map(({ name, url }) => [name, url.host]);
};

describe('the endpoints to try', () => {
  const PUBLIC = ['public', 'oss-cn-hangzhou.aliyuncs.com'];
  const INTERNAL = ['internal', 'oss-cn-hangzhou-internal.aliyuncs.com'];
  const ACCELERATE = ['accelerate', 'oss-accelerate.aliyuncs.com'];

  it.each([
    [undefined, [PUBLIC, INTERNAL, ACCELERATE]],
    ['https://oss-cn-hangzhou-internal.aliyuncs.com', [INTERNAL, PUBLIC, ACCELERATE]],
    // The bucket in the host is the same endpoint.
    ['https://b.oss-cn-hangzhou.aliyuncs.com', [['public', 'b.oss-cn-hangzhou.aliyuncs.com'], INTERNAL, ACCELERATE]],
    ['https://files.example.com', [['custom', 'files.example.com'], PUBLIC, INTERNAL, ACCELERATE]],
    // A stand-in: the real OSS is none of its business.
    ['http://127.0.0.1:9001', [['custom', '127.0.0.1:9001']]],
  ])('for OSS_ENDPOINT %s begin with it', (endpoint, expected) => {
    expect(plan(endpoint)).toEqual(expected);
  });
});

function trial(name: NamedEndpoint['name'], milliseconds: number, code?: string): EndpointTrial {
  const url = OWN.find(endpoint => endpoint.name === name)?.url ?? new URL('https://files.example.com');
  const fault =
    code === undefined ? {} : { fault: new BridgeError({ kind: 'permanent', code, message: `Says ${code}.` }) };
  return { endpoint: { name, url }, milliseconds, ...fault };
}

describe('the endpoints that were tried', () => {
  it('are told with their times', () => {
    const finding = judgeEndpoints(trial('public', 40), [
      trial('internal', Number.POSITIVE_INFINITY, 'source-unreachable'),
      trial('accelerate', 38),
    ]);
    expect(finding).toMatchObject({
      status: 'ok',
      text: 'https://oss-cn-hangzhou.aliyuncs.com (public) answers in 40 ms; internal: not from here (source-unreachable); accelerate 38 ms.',
      facts: { public: 40, internal: 'source-unreachable', accelerate: 38 },
    });
    expect(finding.advice).toBeUndefined();
  });

  it('a clearly faster one is recommended as a line of .env, with its price', () => {
    const { status, advice } = judgeEndpoints(trial('public', 400), [trial('internal', 300), trial('accelerate', 90)]);
    expect(status).toBe('ok');
    expect(advice).toEqual([
      'Faster from here: OSS_ENDPOINT=https://oss-accelerate.aliyuncs.com (90 ms). Transfer acceleration has its own price.',
    ]);
  });

  it('one that works is named where the configured one does not', () => {
    const forbidden = trial('public', Number.POSITIVE_INFINITY, 'source-public-endpoint-forbidden');
    const finding = judgeEndpoints(forbidden, [trial('internal', 3)]);
    expect(finding).toMatchObject({ status: 'problem', code: 'source-public-endpoint-forbidden' });
    expect(finding.advice?.[0]).toContain('OSS_ENDPOINT=https://oss-cn-hangzhou-internal.aliyuncs.com');
  });

  it('a key that may not list is no fault of the endpoint, nor an advantage of another', () => {
    const finding = judgeEndpoints(trial('public', 40, 'source-access-denied'), [
      trial('internal', 3, 'source-access-denied'),
    ]);
    expect(finding.status).toBe('ok');
    expect(finding.advice?.[0]).toContain('internal');
  });
});
