import type { SourceFacts } from './source-facts.ts';

/** Every import that closes a circle, as the circle; imports of types count, since they bind the same files together. */
export function findCycles(files: readonly SourceFacts[]): readonly string[] {
  const targets = new Map(
    files.map(({ path, imports }) => [path, imports.flatMap(({ target, isOurs }) => (isOurs ? [target] : []))]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const follow = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start !== -1 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) follow(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) follow(path, []);
  return cycles;
}
