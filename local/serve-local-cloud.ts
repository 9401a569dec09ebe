// The local cloud alone, printing as KEY=value lines the environment that points a worker, or any client, at it. `npm run local`, `bridge local`.
// LOCAL_HOST, LOCAL_ADVERTISED_HOST, LOCAL_OSS_PORT, LOCAL_S3_PORT, LOCAL_SQS_PORT, LOCAL_ADMIN_PORT, LOCAL_SOURCE, LOCAL_DESTINATION, LOCAL_STATE:
// for containers, and for folders of your own.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, EnvironmentReader } from '../shared/environment.ts';
import { createLog } from '../shared/log.ts';
import { fireFolderEvents } from './fire-folder-events.ts';
import { startLocalCloud } from './local-cloud.ts';
import { openFolderObjectStore } from './store/folder-object-store.ts';

const PORT_RANGE = { minimum: 0, maximum: 65_535, fallback: 0 };

export interface ServeOptions {
  readonly environment: Environment;
  readonly stdout: (text: string) => void;
  /** The log. */
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Serves until the signal aborts.
 * @throws BridgeError permanent `invalid-configuration`, listing every fault
 */
export async function serveLocalCloud({ environment, stdout, stderr, signal }: ServeOptions): Promise<void> {
  const read = new EnvironmentReader(environment);
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
    log: createLog({ level: 'info', write: stderr }),
  });
  for (const [name, value] of Object.entries(cloud.environment)) stdout(`${name}=${value}\n`);
  stdout(`LOCAL_ADMIN_URL=${cloud.adminUrl}\n`);
  await fireFolderEvents({ source: buckets.source, cloud, signal });
  await cloud.close();
}
