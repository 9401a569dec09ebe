// Runs the simulation in processes of its own, as the command line does: unhandled rejections and globals are then nobody else's.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface SimulationRun {
  readonly exitCode: number;
  /** What it printed: each failed seed with its profile and how to replay it. */
  readonly output: string;
}

const SCRIPT = fileURLToPath(new URL('run.ts', import.meta.url));
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export function runSimulation(options: readonly string[], script: string = SCRIPT): Promise<SimulationRun> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...options], { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') resolve({ exitCode, output: `${stdout}${stderr}` });
      else reject(error);
    });
  });
}
