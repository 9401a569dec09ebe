// What points a worker, and any other client, at the light servers. Nothing is checked there: the secrets guard nothing.

export interface LightPorts {
  readonly oss: number;
  readonly s3: number;
}

/** As in the Dockerfile, and the same for everyone who is measured: what is compared is code, not flags. */
const RUNTIME = {
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=128 --disable-warning=DEP0169',
  MALLOC_ARENA_MAX: '2',
  LEDGER_URL: 'sqlite::memory:',
};

export function benchEnvironment(ports: LightPorts): Readonly<Record<string, string>> {
  return {
    ...RUNTIME,
    OSS_REGION: 'cn-hangzhou',
    OSS_BUCKET: 'bench-source',
    OSS_ENDPOINT: `http://127.0.0.1:${ports.oss}`,
    OSS_ACCESS_KEY_ID: 'bench-access-key',
    OSS_ACCESS_KEY_SECRET: 'bench-access-key-secret',
    S3_BUCKET: 'bench-destination',
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench-access-key',
    AWS_SECRET_ACCESS_KEY: 'bench-secret-access-key',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${ports.s3}`,
    SQS_QUEUE_URL: 'http://127.0.0.1:9/000000000000/nobody-asks',
    API_TOKEN: 'bench-token-that-nobody-asks-for',
  };
}
