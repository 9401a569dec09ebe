// How large a task is, and what that leaves for the bytes of objects.

import type { EnvironmentReader } from '../../shared/environment.ts';

export interface TaskSize {
  /** 1024 are one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMebibytes: number;
  readonly memoryBudgetMebibytes: number;
  readonly architecture: 'ARM64' | 'X86_64';
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size ; 512 MiB are too little for the worker. */
const MEMORY_GIBIBYTES: Readonly<Record<(typeof CPU_UNITS)[number], { readonly from: number; readonly to: number }>> = {
  '256': { from: 1, to: 2 },
  '512': { from: 1, to: 4 },
  '1024': { from: 2, to: 8 },
  '2048': { from: 4, to: 16 },
  '4096': { from: 8, to: 30 },
};
const CPU_UNITS = ['256', '512', '1024', '2048', '4096'] as const;

/** Of the task's memory: a quarter of the budget comes on top of it (idle buffers), and 180 MiB for everything else. */
const BUDGET_SHARE = 0.5;

export function readTaskSize(read: EnvironmentReader): TaskSize {
  // One worker uses about one core.
  const cpuUnits = read.oneOf('TASK_CPU_UNITS', CPU_UNITS, '1024');
  const memoryMebibytes = read.integer('TASK_MEMORY_MEBIBYTES', { minimum: 1024, maximum: 30_720, fallback: 2048 });
  const { from, to } = MEMORY_GIBIBYTES[cpuUnits];
  const gibibytes = memoryMebibytes / 1024;
  if (!Number.isInteger(gibibytes) || gibibytes < from || gibibytes > to) {
    read.fault(
      `TASK_MEMORY_MEBIBYTES is ${memoryMebibytes}; with TASK_CPU_UNITS=${cpuUnits} Fargate has ${from * 1024} to ${to * 1024}, in steps of 1024.`,
    );
  }
  return {
    cpuUnits: Number(cpuUnits),
    memoryMebibytes,
    memoryBudgetMebibytes: Math.floor(memoryMebibytes * BUDGET_SHARE),
    architecture: read.oneOf('CPU_ARCHITECTURE', ['ARM64', 'X86_64'], 'ARM64'),
  };
}
