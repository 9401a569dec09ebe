import { describe, expect, it } from 'vitest';
import bundles from '../../tsup.config.ts';

describe('the bundle of the image', () => {
  it('holds the packages that a worker needs, but not that of bridge doctor --function, nor what that depends on', async () => {
    const configs = typeof bundles === 'function' ? await bundles({ entry: ['cli/bridge.ts'] }) : bundles;
    const [config] = Array.isArray(configs) ? configs : [configs];
    const fits = (name: string, pattern: string | RegExp) =>
      typeof pattern === 'string' ? pattern === name : pattern.test(name);
    const isBundled = (name: string) =>
      (config?.noExternal ?? []).some(pattern => fits(name, pattern)) &&
      !(config?.external ?? []).some(pattern => fits(name, pattern));
    const names = ['@aws-sdk/client-sts', 'ali-oss', '@alicloud/fc2'];
    expect(names.filter(isBundled)).toEqual(['@aws-sdk/client-sts', 'ali-oss']);
  });
});
