// The simulation from the command line:
//   node test/simulation/run.ts --seed N [--trace]
//   node test/simulation/run.ts --from 1 --count 2000 [--processes 2] [--seconds 60] [--failures 10] [--profile 'there and back again']
// Exit code 1 when a schedule failed, or when time was up before the last.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeFailure, type RangeResult, runRange } from './run-range.ts';
import { runSchedule } from './run-schedule.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '2000' },
    stride: { type: 'string', default: '1' },
    processes: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
    failures: { type: 'string', default: '10' },
  },
});

if (values.seed === undefined) await runMany();
else await runOne(Number(values.seed));

async function runOne(seed: number): Promise<void> {
  const result = await runSchedule(seed, values.trace ? line => console.log(line) : undefined);
  console.log(result.failure === undefined ? `seed ${seed}: every promise held` : describeFailure(result));
  process.exitCode = result.failure === undefined ? 0 : 1;
}

async function runMany(): Promise<void> {
  const range = {
    from: Number(values.from),
    count: Number(values.count),
    stride: Number(values.stride),
    profile: values.profile,
    maxSeconds: values.seconds === undefined ? undefined : Number(values.seconds),
    maxFailures: Number(values.failures),
  };
  const processes = Number(values.processes);
  const results = processes > 1 ? await shareOut(range, processes) : [await runRange(range)];
  // One of several: the first adds the results up.
  if (process.send !== undefined) {
    process.send(results);
    return;
  }
  report(results);
}

function shareOut(range: { readonly from: number; readonly count: number }, processes: number): Promise<RangeResult[]> {
  const parts = Array.from({ length: processes }, (_, index) => {
    const shared = process.argv.slice(2).filter((argument, at, all) => !isOfPlace(argument) && !isOfPlace(all[at - 1]));
    const place = ['--from', `${range.from + index}`, '--count', `${range.count - index}`, '--stride', `${processes}`];
    return runPart([...shared, ...place]);
  });
  return Promise.all(parts).then(results => results.flat());
}

function isOfPlace(argument: string | undefined): boolean {
  return ['--from', '--count', '--stride', '--processes'].includes(argument ?? '');
}

function runPart(argumentsOfPart: readonly string[]): Promise<RangeResult[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), argumentsOfPart);
    let results: RangeResult[] | undefined;
    child.on('message', message => {
      results = message as RangeResult[];
    });
    child.on('exit', code =>
      results === undefined ? reject(new Error(`A process ended with ${code}.`)) : resolve(results),
    );
  });
}

function report(results: readonly RangeResult[]): void {
  const schedules = sum(results, result => result.schedules);
  const turns = sum(results, result => result.turns);
  const seconds = Math.max(...results.map(result => result.seconds));
  const failures = results.flatMap(result => result.failures);
  for (const failure of failures) console.log(`${describeFailure(failure)}\n`);
  const perSecond = Math.round(schedules / seconds);
  console.log(
    `${schedules} schedules, ${turns} steps, ${seconds.toFixed(1)} s: ${perSecond} schedules a second, ${failures.length} failed`,
  );
  const isComplete = results.every(result => result.isComplete);
  if (!isComplete) console.log('Not all were run.');
  process.exitCode = failures.length === 0 && isComplete ? 0 : 1;
}

function sum(results: readonly RangeResult[], of: (result: RangeResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}
