import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { createSqsMessageQueue } from '../../aws-worker/queue/sqs-message-queue.ts';
import { startSqsServer } from '../../local/sqs/sqs-server.ts';
import { createFakeMessageQueue } from '../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createVirtualClock } from '../fakes/virtual-clock.ts';
import { describeMessageQueue } from './message-queue.ts';

describeMessageQueue('the fake queue', async () => {
  const clock = createVirtualClock();
  return {
    queue: createFakeMessageQueue(clock),
    passSeconds: seconds => clock.advance(seconds * 1000),
    close: async () => undefined,
  };
});

describeMessageQueue('SQS, as the local cloud has it', async () => {
  let passedMilliseconds = 0;
  const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'secret' };
  const server = await startSqsServer({
    region: 'us-east-1',
    credentials,
    queues: [{ name: 'live' }],
    now: () => Date.now() + passedMilliseconds,
  });
  const client = createSqsClient({ region: 'us-east-1', credentials });
  return {
    queue: createSqsMessageQueue({ client, queueUrl: server.queueUrl('live'), log: createRecordingLog().log }),
    async passSeconds(seconds) {
      passedMilliseconds += seconds * 1000;
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
});
