// `npm run bench [-- NAME] [--json]`: all benches, or one, in under three minutes. README.md says how to read them.

import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { BridgeError } from '../shared/bridge-error.ts';
import { GIBIBYTE } from '../shared/limits.ts';
import { type BenchResult, formatResult } from './bench-result.ts';
import { benchLarge, benchSmall } from './copy-benches.ts';
import { benchMemory } from './memory-bench.ts';

const BENCHES: ReadonlyMap<string, () => Promise<BenchResult>> = new Map([
  ['small', benchSmall],
  ['large', benchLarge],
  ['memory', benchMemory],
]);
const USAGE = `npm run bench [-- NAME] [--json]      NAME is one of: ${[...BENCHES.keys()].join(', ')}`;

async function main(): Promise<void> {
  const { names, asJson } = readArguments(process.argv.slice(2));
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  };
  const results: BenchResult[] = [];
  if (!asJson)
    say(
      `${machine.cores} cores of ${machine.cpu}, ${Math.round(machine.memoryBytes / GIBIBYTE)} GiB, Node ${machine.node}; medians [least..most]`,
    );
  for (const name of names) {
    const result = await BENCHES.get(name)?.();
    if (result === undefined) continue;
    results.push(result);
    if (!asJson) say(`\n${formatResult(result)}`);
  }
  if (asJson) say(JSON.stringify({ machine, results }, undefined, 2));
}

/** @throws BridgeError permanent `invalid-arguments` */
function readArguments(args: readonly string[]): { readonly names: readonly string[]; readonly asJson: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const unknown = positionals.filter(name => !BENCHES.has(name));
    if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}.`);
    return { names: positionals.length === 0 ? [...BENCHES.keys()] : positionals, asJson: values.json ?? false };
  } catch (cause) {
    const message = `${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`;
    throw new BridgeError({ kind: 'permanent', code: 'invalid-arguments', message, cause });
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch(error => {
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
