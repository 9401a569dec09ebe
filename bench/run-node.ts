// Processes of the bench's own: each measures or serves, and nothing else.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../shared/bridge-error.ts';
import { benchEnvironment, type LightPorts } from './bench-environment.ts';
import type { Measurement, Workload } from './measure.ts';
import type { VariantName } from './variants/variant.ts';

const MEASURE = fileURLToPath(new URL('./measure.ts', import.meta.url));
const SERVE = fileURLToPath(new URL('./servers/serve.ts', import.meta.url));

/** @throws BridgeError permanent `bench-failed`; what the process printed to standard error has been seen by then */
export async function measureInChild(
  variant: VariantName,
  workload: Workload,
  ports: LightPorts,
): Promise<Measurement> {
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, ...benchEnvironment(ports) };
  const child = spawn(process.execPath, [MEASURE, variant, JSON.stringify(workload)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const printed = await text(child.stdout);
  const [code] = await exit;
  if (code === 0) return JSON.parse(printed) as Measurement;
  throw new BridgeError({ kind: 'permanent', code: 'bench-failed', message: `${variant} ended with ${code}.` });
}

export interface LightServers {
  readonly ports: LightPorts;
  close(): Promise<void>;
}

export async function startLightServers(): Promise<LightServers> {
  const child = spawn(process.execPath, [SERVE], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { ports: JSON.parse(String(line)) as LightPorts, close: () => endOf(child) };
}

async function endOf(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}
