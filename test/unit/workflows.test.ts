// Workflows hold the keys to what is published: they may do no more than they must, and run nothing that can change behind our back.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = new URL('../../.github/workflows/', import.meta.url);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly needs?: readonly string[];
  readonly strategy?: {
    readonly matrix: { readonly include: readonly { readonly machine: string; readonly architecture: string }[] };
  };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly jobs: Readonly<Record<string, Job>>;
}

const texts = new Map(readdirSync(FOLDER).map(name => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));

function workflow(name: string): Workflow {
  const found = workflows.get(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

function jobsOf(name: string): readonly (readonly [string, Job])[] {
  return Object.entries(workflow(name).jobs);
}

function stepsOf(name: string): readonly Step[] {
  return jobsOf(name).flatMap(([, job]) => job.steps);
}

test('there are a gate and a release', () => {
  expect([...workflows.keys()].sort()).toEqual(['ci.yml', 'release.yml']);
});

describe.each([...workflows.keys()])('%s', name => {
  test('pins every action by its full commit, with the version beside it for people', () => {
    const lines = (texts.get(name) ?? '').split('\n').filter(line => /\buses:/.test(line));
    expect(lines.length).toBe(stepsOf(name).filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('may read the code and nothing else, unless a job says so', () => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
    const granted = jobsOf(name).filter(([, { permissions }]) => permissions !== undefined);
    const publishing = {
      image: { contents: 'read', packages: 'write' },
      release: { packages: 'write' },
    };
    const expected = name === 'release.yml' ? publishing : {};
    expect(Object.fromEntries(granted.map(([job, { permissions }]) => [job, permissions]))).toEqual(expected);
  });

  test('leaves no credentials beside the code', () => {
    const checkouts = stepsOf(name).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    // What only names images needs no code.
    expect(checkouts.length).toBe(jobsOf(name).filter(([job]) => job !== 'release').length);
    for (const checkout of checkouts) expect(checkout.with).toEqual({ 'persist-credentials': false });
  });

  test('ends: each job has a time limit, and runs of a kind do not pile up', () => {
    for (const [, job] of jobsOf(name)) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    expect(workflow(name).concurrency?.group).toBeTruthy();
  });

  test('runs on a machine that does not change its name’s meaning', () => {
    for (const [, job] of jobsOf(name)) {
      const machines = job.strategy?.matrix.include.map(({ machine }) => machine) ?? [job['runs-on']];
      for (const machine of machines) expect(machine).toMatch(/^ubuntu-\d\d\.\d\d(-arm)?$/);
    }
  });

  test('puts nothing that others name (branches, tags, titles) into a script', () => {
    for (const { run = '' } of stepsOf(name)) expect(run).not.toContain('${{');
    expect(Object.keys(workflow(name).on)).not.toContain('pull_request_target');
  });

  test('gives no secret to a job but that which publishes', () => {
    const holders = jobsOf(name).filter(([, job]) => /secrets\.|github\.token/.test(JSON.stringify(job)));
    expect(holders.map(([job]) => job)).toEqual(name === 'release.yml' ? ['image', 'release'] : []);
  });
});

test('ci.yml runs the gate for every push and every pull request', () => {
  const { on } = workflow('ci.yml');
  expect(Object.keys(on).sort()).toEqual(['pull_request', 'push']);
  expect(stepsOf('ci.yml').map(({ run }) => run)).toContain('.ci/run');
});

describe('the gate, .ci/run,', () => {
  const commands = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8').split('\n');

  test('runs all that a contributor runs, and the long suites', () => {
    for (const command of ['npm ci', 'npm run check', 'npm run build', 'npm test', 'npm start -- --once']) {
      expect(commands.filter(line => line.startsWith(command))).toHaveLength(1);
    }
    expect(commands.filter(line => /\bnpm run test:faults\b/.test(line))).toHaveLength(1);
  });

  test('bounds the long suites, well within the time of its jobs', () => {
    const minutes = commands
      .flatMap(line => /^timeout .*\b(\d+)m npm run test:faults\b/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(minutes).toEqual([25]);
    const limits = [...workflows.keys()]
      .flatMap(jobsOf)
      .filter(([, { steps }]) => steps.some(({ run }) => run === '.ci/run'));
    expect(limits.length).toBe(2);
    for (const [, job] of limits) expect(job['timeout-minutes']).toBeGreaterThanOrEqual(45);
  });
});

describe('release.yml', () => {
  const { jobs, concurrency } = workflow('release.yml');

  test('audits what goes into the image, and stops at a hole that is high or worse', () => {
    expect(jobs.audit?.steps.map(({ run }) => run)).toContain('npm audit --omit=dev --audit-level=high');
  });

  test('builds and publishes only after audit and gate have passed', () => {
    const publishing = Object.entries(jobs).filter(([, { steps }]) =>
      steps.some(({ run = '' }) => /\bdocker\b/.test(run)),
    );
    expect(publishing.map(([name]) => name)).toEqual(['image', 'release']);
    expect(jobs.image?.needs).toEqual(['audit', 'gate']);
    expect(jobs.release?.needs).toEqual(['image']);
    expect(jobs.gate?.steps.map(({ run }) => run)).toContain('.ci/run');
    for (const { steps } of Object.values(jobs))
      expect(JSON.stringify(steps)).not.toMatch(/continue-on-error|\|\| true/);
  });

  test('publishes one name for both kinds of machines', () => {
    const architectures = jobs.image?.strategy?.matrix.include.map(({ architecture }) => architecture) ?? [];
    expect(architectures).toEqual(['amd64', 'arm64']);
    const [create = ''] = (jobs.release?.steps ?? []).flatMap(({ run = '' }) =>
      run.includes('imagetools') ? [run] : [],
    );
    for (const architecture of architectures) expect(create).toContain(`"$image-${architecture}"`);
  });

  test('publishes for tags alone, and is never broken off', () => {
    expect(workflow('release.yml').on).toEqual({ push: { tags: ['v*'] } });
    expect(concurrency?.['cancel-in-progress']).toBe(false);
  });

  test('hands the token to docker by way of its standard input', () => {
    const login = jobs.image?.steps.find(({ env }) => env?.REGISTRY_TOKEN !== undefined);
    expect(login?.run).toContain('--password-stdin');
  });
});
