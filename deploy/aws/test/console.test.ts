// console.sh with an `aws` that answers as AWS does and notes what it was asked.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

const SCRIPT = fileURLToPath(new URL('../console.sh', import.meta.url));
const TASK = 'arn:aws:ecs:us-west-2:111122223333:task/oss-s3-bridge/0123456789abcdef';
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Answers {
  readonly outputs?: boolean;
  readonly task?: string;
  /** Of the container, one after the other; the last one stays. */
  readonly health?: readonly string[];
  readonly status?: string;
  readonly hasPlugin?: boolean;
  readonly sessionExit?: number;
}

function run(answers: Answers = {}, values: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'oss-s3-bridge-console-'));
  folders.push(folder);
  const {
    outputs = true,
    task = TASK,
    health = ['HEALTHY'],
    status = 'RUNNING',
    hasPlugin = true,
    sessionExit = 0,
  } = answers;
  writeFileSync(join(folder, 'health'), `${health.join('\n')}\n`);
  program(
    folder,
    'aws',
    `
    printf '%s\\n' "$*" >> '${folder}/asked'
    case "$*" in
      *describe-stacks*) ${outputs ? `echo "$*" | sed -E "s/.*OutputKey=='([A-Za-z]+)'.*/the-\\1/"` : 'echo None'} ;;
      *run-task*) echo '${task}' ;;
      *lastStatus*managedAgents* | *managedAgents*) echo RUNNING ;;
      *healthStatus*) head -n 1 '${folder}/health'; [ "$(wc -l < '${folder}/health')" -eq 1 ] || sed -i 1d '${folder}/health' ;;
      *runtimeId*) echo 'runtime-1' ;;
      *lastStatus*) echo '${status}' ;;
      *start-session*) exit ${sessionExit} ;;
    esac`,
  );
  if (hasPlugin) program(folder, 'session-manager-plugin', 'exit 0');
  const ended = spawnSync('sh', [SCRIPT, ...values], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin`, CONSOLE_LOOK_SECONDS: '0', CONSOLE_PATIENCE_SECONDS: '20' },
  });
  const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];
  return { ...ended, asked, calls: asked.map(line => line.split(' ').slice(0, 2).join(' ')) };
}

function program(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

describe('console.sh', () => {
  it('starts a worker with a door where the stack says, opens it to this machine, and stops it', () => {
    const { status, asked, stdout } = run();
    expect(status).toBe(0);
    const started = asked.find(line => line.startsWith('ecs run-task'));
    for (const part of [
      '--cluster the-Cluster',
      '--task-definition the-ConsoleTask',
      '--network-configuration the-ConsoleNetwork',
      '--enable-execute-command',
      '--launch-type FARGATE',
    ])
      expect(started).toContain(part);
    const session = asked.find(line => line.startsWith('ssm start-session'));
    expect(session).toContain('--target ecs:the-Cluster_0123456789abcdef_runtime-1');
    expect(session).toContain(
      '--document-name AWS-StartPortForwardingSession --parameters portNumber=8080,localPortNumber=8080',
    );
    expect(asked.at(-1)).toContain(`ecs stop-task --cluster the-Cluster --task ${TASK}`);
    expect(stdout).toContain('http://127.0.0.1:8080/');
    expect(stdout).toContain('--secret-id the-ApiTokenSecret');
  });

  it('asks the stack for outputs that it has', () => {
    const names = run().asked.flatMap(line => /OutputKey=='(\w+)'/.exec(line)?.[1] ?? []);
    const { outputs } = synthesize();
    expect(names).toHaveLength(4);
    for (const name of names) expect(outputs).toHaveProperty(name);
  });

  it('takes another stack and another port', () => {
    const { asked } = run({}, ['photos', '9090']);
    expect(asked[0]).toContain('--stack-name photos');
    expect(asked.find(line => line.startsWith('ssm'))).toContain('localPortNumber=9090');
  });

  it('waits until the worker is healthy', () => {
    const { calls } = run({ health: ['UNKNOWN', 'UNKNOWN', 'HEALTHY'] });
    expect(calls.filter(call => call === 'ssm start-session')).toHaveLength(1);
    expect(calls.at(-1)).toBe('ecs stop-task');
  });

  const failures: readonly (readonly [string, Answers, RegExp, boolean])[] = [
    ['there is no such stack', { outputs: false }, /the stack oss-s3-bridge has no output Cluster/, false],
    ['ECS starts nothing', { task: 'None' }, /ECS did not start the task/, false],
    ['the worker ends', { health: ['UNKNOWN'], status: 'STOPPED' }, /the task has stopped/, true],
    ['the worker never gets healthy', { health: ['UNHEALTHY'] }, /not healthy after 20 s/, true],
    ['the plugin is missing', { hasPlugin: false }, /Session Manager plugin .* is not installed/, false],
  ];
  it.each(failures)('says so when %s, and leaves no worker behind', (_case, answers, sentence, hasStarted) => {
    const { status, stderr, calls } = run(answers);
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(calls).not.toContain('ssm start-session');
    expect(calls.filter(call => call === 'ecs stop-task')).toHaveLength(hasStarted ? 1 : 0);
  });

  it('stops the worker also when the session fails', () => {
    const { status, calls } = run({ sessionExit: 254 });
    expect(status).toBe(254);
    expect(calls.at(-1)).toBe('ecs stop-task');
  });
});
