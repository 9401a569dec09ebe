// Which function is looked at, and as whom: with the deployer's own Alibaba Cloud key, under the names that Alibaba Cloud's tools read.

import type { WorkerConfig } from '../../aws-worker/config.ts';
import { type Environment, EnvironmentReader } from '../../shared/environment.ts';
import { createFcClient, type FcClient } from './fc-client.ts';

export interface FunctionTarget {
  readonly fc: FcClient;
  readonly functionName: string;
  readonly accountId: string;
  /** Of the trigger, as in .env.function. */
  readonly suffix: string;
  readonly followSymlinks: boolean;
}

/** @throws BridgeError permanent `invalid-configuration` with every fault; `fc-sdk-missing` */
export async function openFunctionTarget(options: {
  readonly environment: Environment;
  readonly config: WorkerConfig;
  readonly functionName: string;
  readonly baseUrl: string | undefined;
}): Promise<FunctionTarget> {
  const { config, functionName, baseUrl } = options;
  const read = new EnvironmentReader(options.environment);
  const accountId = read.required('ALIYUN_ACCOUNT_ID', 'the account id that owns the function, as in .env.function');
  const accessKeyId = read.required(
    'ALIBABA_CLOUD_ACCESS_KEY_ID',
    "the deployer's own Alibaba Cloud key, with which `s deploy` was run",
  );
  const accessKeySecret = read.required('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'the secret of that key');
  const securityToken = read.optional('ALIBABA_CLOUD_SECURITY_TOKEN');
  if (accessKeyId.startsWith('STS') && securityToken === undefined) {
    read.fault('ALIBABA_CLOUD_SECURITY_TOKEN is missing: ALIBABA_CLOUD_ACCESS_KEY_ID begins with STS, so it has one.');
  }
  if (accountId !== '' && !/^\d{6,32}$/.test(accountId)) {
    read.fault(`ALIYUN_ACCOUNT_ID is ${JSON.stringify(accountId)}; it is a number, mostly of 16 digits.`);
  }
  const suffix = read.text('OSS_SUFFIX', '');
  const followSymlinks = read.boolean('FOLLOW_SYMLINKS', false);
  read.throwFaults();
  const { region } = config.oss;
  const fc = await createFcClient({ accountId, region, accessKeyId, accessKeySecret, securityToken, baseUrl });
  return { fc, functionName, accountId, suffix, followSymlinks };
}
