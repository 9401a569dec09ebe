// `npm run test:real`: the suites that can run against servers which the project did not write: the destination on any S3, init on any SQS.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const { S3_TEST_ENDPOINT, SQS_TEST_ENDPOINT } = process.env;
const SUITES = [
  ...(S3_TEST_ENDPOINT === undefined ? [] : ['test/integration/s3-destination.test.ts']),
  ...(SQS_TEST_ENDPOINT === undefined ? [] : ['test/integration/init/init-sqs.test.ts']),
];

if (SUITES.length === 0) {
  process.stderr.write(
    [
      'S3_TEST_ENDPOINT is missing: the address of an S3 server that this test may make a bucket on. For example:',
      '  go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 && mkdir -p /tmp/buckets',
      '  versitygw --port 127.0.0.1:7070 --access test --secret testsecret posix /tmp/buckets &',
      '  S3_TEST_ENDPOINT=http://127.0.0.1:7070 npm run test:real',
      'Also read: S3_TEST_ACCESS_KEY_ID (test), S3_TEST_SECRET_ACCESS_KEY (testsecret), S3_TEST_REGION (us-east-1).',
      'SQS_TEST_ENDPOINT, too or instead: an SQS server that it may make queues on, of account 111122223333 in us-west-2. For example:',
      '  docker run -d -p 127.0.0.1:9324:9324 -e JAVA_TOOL_OPTIONS="-Daws.region=us-west-2 -Daws.accountId=111122223333" softwaremill/elasticmq:1.7.1',
      '  SQS_TEST_ENDPOINT=http://127.0.0.1:9324 npm run test:real',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
process.exit(spawnSync(process.execPath, [VITEST, 'run', ...SUITES], { stdio: 'inherit' }).status ?? 1);
