// `npm run local`: the local cloud alone, printing as KEY=value lines the environment that points a worker, or any client, at it.
// LOCAL_HOST, LOCAL_ADVERTISED_HOST, LOCAL_OSS_PORT, LOCAL_S3_PORT, LOCAL_SQS_PORT, LOCAL_ADMIN_PORT, LOCAL_SOURCE, LOCAL_DESTINATION:
// for containers.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from '../shared/bridge-error.ts';
import { EnvironmentReader } from '../shared/environment.ts';
import { createLog } from '../shared/log.ts';
import { fireFolderEvents } from './fire-folder-events.ts';
import { startLocalCloud } from './local-cloud.ts';
import { openFolderObjectStore } from './store/folder-object-store.ts';

const PORT_RANGE = { minimum: 0, maximum: 65_535, fallback: 0 };

async function main(): Promise<void> {
  const read = new EnvironmentReader(process.env);
  const source = read.text('LOCAL_SOURCE', 'data/cloud/source');
  const destination = read.text('LOCAL_DESTINATION', 'data/cloud/destination');
  const stateFolder = read.text('LOCAL_STATE', 'data/cloud/state');
  const host = read.text('LOCAL_HOST', '127.0.0.1');
  const advertisedHost = read.text('LOCAL_ADVERTISED_HOST', host);
  const ports = {
    oss: read.integer('LOCAL_OSS_PORT', PORT_RANGE),
    s3: read.integer('LOCAL_S3_PORT', PORT_RANGE),
    sqs: read.integer('LOCAL_SQS_PORT', PORT_RANGE),
  };
  const adminPort = read.integer('LOCAL_ADMIN_PORT', PORT_RANGE);
  read.throwFaults();
  for (const folder of [source, destination, stateFolder]) mkdirSync(folder, { recursive: true });

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const buckets = {
    source: await openFolderObjectStore({ folder: source, stateFolder: join(stateFolder, 'source'), details: 'oss' }),
    destination: await openFolderObjectStore({
      folder: destination,
      stateFolder: join(stateFolder, 'destination'),
      details: 's3',
    }),
  };
  const cloud = await startLocalCloud({
    ...buckets,
    host,
    advertisedHost,
    ports,
    adminPort,
    log: createLog({ level: 'info', write: line => process.stderr.write(line) }),
  });
  for (const [name, value] of Object.entries(cloud.environment)) process.stdout.write(`${name}=${value}\n`);
  process.stdout.write(`LOCAL_ADMIN_URL=${cloud.adminUrl}\n`);
  await fireFolderEvents({ source: buckets.source, cloud, signal: stop.signal });
  await cloud.close();
}

main().catch(error => {
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
