// The container engine, by the commands that the README has. What is started belongs to one Compose project, whose name the runner gives, and which
// it takes away at the end, whatever happened.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Names the Compose project. */
export const PROJECT_VARIABLE = 'CONTAINERS_TEST_PROJECT';

/** @throws Error when nobody gave one */
export function ownProject(): string {
  const project = process.env[PROJECT_VARIABLE];
  if (project === undefined) throw new Error(`${PROJECT_VARIABLE} is missing: run npm run test:containers.`);
  return project;
}

/** As compose.yml has it. */
function imageOf(project: string): string {
  return `${project}-worker`;
}

/** How containers name the machine that they run on, by compose.yml. With a dot in it OSS would look for a bucket there. */
export const HOST_NAME = 'cloud';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = ['docker-compose.yml', 'test/containers/compose.yml'];
/** What a user has there for deployments of his own. */
const OF_USER = /^(COMPOSE|LOCAL)_/;

export interface DockerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** In a group of its own, which a Ctrl-C at our terminal does not reach, and not ended with us. */
  readonly isDetached?: boolean;
}

/** Whatever its exit code is; null when it was ended by a signal. @throws Error when there is no docker */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<Ended> {
  const { environment = {}, isDetached = false } = options;
  const own = Object.entries(process.env).filter(([name]) => !OF_USER.test(name));
  const child = spawn('docker', args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isDetached,
  });
  const endWithUs = () => child.kill('SIGKILL');
  if (!isDetached) process.once('exit', endWithUs);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  process.off('exit', endWithUs);
  return { code: code as number | null, stdout, stderr };
}

/** What it printed. @throws Error with what it said when it failed */
export async function dockerOutput(...args: readonly string[]): Promise<string> {
  return outputOf(args, await docker(args));
}

export interface Compose {
  readonly project: string;
  /** Whatever its exit code is. */
  run(...args: readonly string[]): Promise<Ended>;
  /** What it printed. @throws Error with what it said when it failed */
  output(...args: readonly string[]): Promise<string>;
}

/** With this file in place of `.env`, and with nothing of the user's own. */
export function createCompose(options: {
  readonly project: string;
  readonly envFile: string;
  readonly isDetached?: boolean;
}): Compose {
  const { project, envFile, isDetached = false } = options;
  const files = FILES.flatMap(file => ['--file', file]);
  const begin = ['compose', '--project-name', project, '--env-file', '/dev/null', ...files];
  const run = (...args: readonly string[]) =>
    docker([...begin, ...args], { environment: { WORKER_ENV_FILE: envFile }, isDetached });
  return { project, run, output: async (...args) => outputOf(args, await run(...args)) };
}

/** The image, once for all. @throws Error with what the build said */
export async function buildImage(project: string): Promise<void> {
  await createCompose({ project, envFile: '/dev/null' }).output('build', 'worker');
}

/** Containers, networks, volumes and the image of the project, whoever left them. Not ended by a Ctrl-C that comes meanwhile. */
export async function removeProject(project: string): Promise<void> {
  const { output } = createCompose({ project, envFile: '/dev/null', isDetached: true });
  await output('down', '--volumes', '--remove-orphans', '--timeout', '0', '--rmi', 'all');
}

/**
 * The address of this machine that HOST_NAME means in a container: https://docs.docker.com/reference/cli/docker/container/run/#add-host. Where the engine has a machine of its own (Docker Desktop), HOST_NAME leads to
 * our loopback: https://docs.docker.com/desktop/features/networking/networking-how-tos/
 */
export async function hostAddress(): Promise<string> {
  const look = ['--entrypoint', 'cat', imageOf(ownProject()), '/etc/hosts'];
  const hosts = await dockerOutput('run', '--rm', '--add-host', `${HOST_NAME}:host-gateway`, ...look);
  const [address = ''] =
    hosts
      .split('\n')
      .find(line => line.endsWith(HOST_NAME))
      ?.split(/\s/) ?? [];
  return (await isOurs(address)) ? address : '127.0.0.1';
}

/** Not what os.networkInterfaces() says: an engine's bridge without containers is not among them. */
async function isOurs(address: string): Promise<boolean> {
  const server = createServer().listen(0, address);
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return isListening;
}

function outputOf(args: readonly string[], { code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`);
  return stdout.trim();
}
