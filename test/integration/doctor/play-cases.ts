// Plays cases, each on the stage as it was at first.

import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FUNCTION_ITEMS } from '../../../cli/doctor/items.ts';
import type { DoctorCase } from './doctor-cases.ts';
import { type DoctorStage, FUNCTION_NAME, startDoctorStage } from './doctor-stage.ts';

/** The stage of a test file. */
export function useDoctorStage(): () => DoctorStage {
  let stage: DoctorStage | undefined;
  beforeAll(async () => {
    stage = await startDoctorStage();
  });
  beforeEach(async () => {
    if (stage === undefined) return;
    vi.unstubAllEnvs();
    actOnSdk(stage.environment);
    await stage.reset();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stage?.close();
  });
  return () => {
    if (stage === undefined) throw new Error('The stage is set up before the first test.');
    return stage;
  };
}

/** It reads these by itself. */
function actOnSdk(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) if (name.startsWith('AWS_')) vi.stubEnv(name, value);
}

export function playCases(useStage: () => DoctorStage, cases: readonly DoctorCase[]): void {
  describe.each(cases)('$id', one => {
    it(`is ${one.status}, when ${one.when}`, async () => {
      const stage = useStage();
      await one.arrange?.(stage);
      for (const rule of one.faults ?? []) stage.cloud.faults.add(rule);
      const taken = await takePort();
      try {
        const finding = await findingOf(stage, one, taken.port);
        const said = [finding?.text, ...(finding?.advice ?? [])].join(' ');
        const expected = { status: one.status, said: expect.stringContaining(one.says) };
        expect({ status: finding?.status, said }).toEqual(expected);
        if (one.code !== undefined) expect(finding?.code).toBe(one.code);
      } finally {
        taken.close();
      }
      stage.cloud.faults.clear();
      expect(await stage.leftovers()).toHaveLength(one.leaves ?? 0);
    });
  });
}

async function findingOf(stage: DoctorStage, { id, settings = {}, seams }: DoctorCase, takenPort: number) {
  const own = Object.entries(settings).map(
    ([name, value]) =>
      [
        name,
        value.replace('FOLDER', stage.folder).replace('TAKEN', String(takenPort)).replace('KEY_URL', stage.keyUrl),
      ] as const,
  );
  actOnSdk(Object.fromEntries(own));
  const isOfFunction = FUNCTION_ITEMS.some(item => item.id === id);
  const results = await stage.examine({
    environment: { ...stage.environment, ...Object.fromEntries(own) },
    only: [id],
    ...(isOfFunction ? { functionName: FUNCTION_NAME } : {}),
    ...(seams === undefined ? {} : { seams }),
  });
  return results.find(({ item }) => item.id === id)?.finding;
}

/** A program that is no bridge. */
async function takePort(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer(socket => socket.end());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => void server.close(),
  };
}
