// A process that does nothing but copy: `node bench/measure.ts VARIANT JSON`, prints one line of JSON. Start and warm-up are not counted
// in the CPU time; the memory is the peak of the whole life.

import { BridgeError } from '../shared/bridge-error.ts';
import { benchKey } from './servers/light-oss.ts';
import type { Variant } from './variants/variant.ts';

export interface Workload {
  readonly sizeBytes: number;
  readonly warmUpSizeBytes: number;
  readonly objects: number;
  readonly warmUpObjects: number;
  readonly concurrency: number;
}

export interface Measurement {
  /** User and system, of all threads. */
  readonly cpuMilliseconds: number;
  readonly wallMilliseconds: number;
  readonly peakMemoryBytes: number;
}

const [name = '', workload = '{}'] = process.argv.slice(2);
await measure(name, JSON.parse(workload) as Workload);

async function measure(name: string, workload: Workload): Promise<void> {
  const variant = await createVariant(name);
  await copyAll(variant, { ...workload, sizeBytes: workload.warmUpSizeBytes, objects: workload.warmUpObjects });
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await copyAll(variant, workload);
  const wallMilliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const measurement: Measurement = {
    cpuMilliseconds: (user + system) / 1000,
    wallMilliseconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
  await variant.close();
}

/** Only who is measured is loaded: each SDK weighs tens of megabytes. */
async function createVariant(name: string): Promise<Variant> {
  switch (name) {
    case 'bridge':
      return await (await import('./variants/bridge.ts')).createBridgeVariant(process.env);
    case 'floor':
      return (await import('./variants/floor.ts')).createFloorVariant(process.env);
    case 'naive':
      return (await import('./variants/naive.ts')).createNaiveVariant(process.env);
    default:
      throw new BridgeError({ kind: 'permanent', code: 'invalid-arguments', message: `No variant ${name}.` });
  }
}

/** As many at once as `concurrency` says, each beginning when another ends. */
async function copyAll(variant: Variant, { sizeBytes, objects, concurrency }: Workload): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < objects) await variant.copy({ key: benchKey(sizeBytes, next++), sizeBytes });
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, objects) }, lane));
}
