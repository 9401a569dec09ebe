// Who holds memory, or a place among the transfers: the worker's budgets, seen from outside. A test file names this in `vi.mock`.

import { vi } from 'vitest';
import type { MemoryBudget } from '../../../aws-worker/transfer/memory-budget.ts';

type Budgets = typeof import('../../../aws-worker/transfer/memory-budget.ts');

const made: MemoryBudget[] = [];

/** For aws-worker/transfer/memory-budget.ts. */
export async function watchedBudgets(): Promise<Budgets> {
  const real = await vi.importActual<Budgets>('../../../aws-worker/transfer/memory-budget.ts');
  const createMemoryBudget: Budgets['createMemoryBudget'] = limits => {
    const budget = real.createMemoryBudget(limits);
    made.push(budget);
    return budget;
  };
  return { ...real, createMemoryBudget };
}

/** Bytes and places of all budgets that this process has made, and how many wait for some. */
export function heldOfBudgets(): { readonly budgets: number; readonly held: number; readonly waiting: number } {
  return {
    budgets: made.length,
    held: made.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    waiting: made.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}
