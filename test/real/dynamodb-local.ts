// DynamoDB Local, Amazon's own server for tests, started on a free port, in memory: in a container where an engine runs and the image can be had, else from
// its Maven package, which is kept beside the user's other caches. Needs Docker, or Java 17 and Maven. It takes any credentials; the Maven package
// listens on all addresses of this machine, which it has no setting for.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const IMAGE = 'amazon/dynamodb-local:2.6.0';
const IMAGE_PORT = 8000;
const PACKAGE = { group: 'com.amazonaws', artifact: 'DynamoDBLocal', version: '2.6.0' };
const MAIN_CLASS = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
/** One set of tables, whatever the credentials and the region: tests and workers have their own. */
const OPTIONS = ['-inMemory', '-sharedDb'];
const START_PATIENCE_MILLISECONDS = 60_000;
const ENGINE_PATIENCE_MILLISECONDS = 10_000;
const PULL_PATIENCE_MILLISECONDS = 180_000;
const LOOK_EVERY_MILLISECONDS = 100;

const run = promisify(execFile);

export interface DynamodbLocal {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @throws Error that says what is missing; what the signal says */
export async function startDynamodbLocal(signal: AbortSignal): Promise<DynamodbLocal> {
  const server = (await canRunImage()) ? await startContainer() : await startPackage();
  try {
    await untilAnswering(server.endpoint, signal);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function canRunImage(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: ENGINE_PATIENCE_MILLISECONDS });
    await run('docker', ['image', 'inspect', IMAGE]).catch(() =>
      run('docker', ['pull', '--quiet', IMAGE], { timeout: PULL_PATIENCE_MILLISECONDS }),
    );
    return true;
  } catch {
    return false; // no engine, or no way to the image: the package does as well
  }
}

async function startContainer(): Promise<DynamodbLocal> {
  const publish = `127.0.0.1:0:${IMAGE_PORT}`;
  const { stdout } = await run('docker', [
    'run',
    '--detach',
    '--rm',
    '--publish',
    publish,
    IMAGE,
    '-jar',
    'DynamoDBLocal.jar',
    ...OPTIONS,
    '-port',
    String(IMAGE_PORT),
  ]);
  const container = stdout.trim();
  const { stdout: address } = await run('docker', ['port', container, String(IMAGE_PORT)]);
  return {
    endpoint: `http://${address.trim()}`,
    stop: async () => void (await run('docker', ['kill', container])),
  };
}

async function startPackage(): Promise<DynamodbLocal> {
  const library = await fetchPackage();
  const port = await freePort();
  const child = spawn(
    'java',
    [
      '-Xmx512m',
      `-Djava.library.path=${library}`,
      '-cp',
      join(library, '*'),
      MAIN_CLASS,
      ...OPTIONS,
      '-port',
      String(port),
    ],
    { stdio: 'ignore', env: { ...process.env, DDB_LOCAL_TELEMETRY: '0' } },
  );
  child.on('error', () => {}); // it never answers then, which is told
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The folder with its jars; they are fetched once. */
async function fetchPackage(): Promise<string> {
  const { group, artifact, version } = PACKAGE;
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'oss-s3-bridge', `dynamodb-local-${version}`);
  const library = join(folder, 'lib');
  if (await exists(library)) return library;
  process.stderr.write('Fetching DynamoDB Local with Maven, once.\n');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies></project>
`,
  );
  // Complete or not there at all.
  const fetched = join(folder, `fetched-${process.pid}`);
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${fetched}`], { cwd: folder });
    await rename(fetched, library);
  } catch (cause) {
    await rm(fetched, { recursive: true, force: true });
    if (await exists(library)) return library; // another process was quicker
    throw new Error(
      'DynamoDB Local cannot be had. Start Docker, or install Java 17 and Maven and let them reach Maven Central.',
      { cause },
    );
  }
  return library;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('A server on a port has a port.');
  return address.port;
}

/** Any answer will do: without a signature it is a refusal. */
async function untilAnswering(endpoint: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_PATIENCE_MILLISECONDS;
  for (;;) {
    signal.throwIfAborted();
    try {
      await fetch(endpoint);
      return;
    } catch (cause) {
      if (performance.now() >= deadline) throw new Error('DynamoDB Local does not answer.', { cause });
    }
    await delay(LOOK_EVERY_MILLISECONDS);
  }
}
