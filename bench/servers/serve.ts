// The process of both light servers: prints where they are, as one line of JSON, and lives until its parent lets go of standard input.

import { startLightOss } from './light-oss.ts';
import { startLightS3 } from './light-s3.ts';

const [oss, s3] = await Promise.all([startLightOss(), startLightS3()]);
process.stdout.write(`${JSON.stringify({ oss: oss.port, s3: s3.port })}\n`);
process.stdin.resume().once('end', () => {
  oss.close();
  s3.close();
});
