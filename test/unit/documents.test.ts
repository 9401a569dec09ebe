// The documents say what the code does, where a machine can tell.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';
import { recordingIo } from './cli/cli-fixture.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const NOT_OURS = ['node_modules', 'dist', 'data', 'coverage', 'cdk.out', '.git'];

const files = filesIn('');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = files.filter(path => path.endsWith('.md'));
const readme = read('README.md');

describe('documents', () => {
  it.each(documents)('%s links to files and headings that exist', path => {
    const broken = linksOf(read(path)).filter(link => !resolves(path, link));
    expect(broken).toEqual([]);
  });

  it('README.md has a row for each variable of .env.example, with its default', () => {
    const settings = new Map([...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (.*?) \|/gm)].map(row => [row[1], row[2]]));
    const missing = [...read('.env.example').matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].filter(([, name = '', value = '']) => {
      const shown = settings.get(name);
      const isDefault = value !== '' && name !== 'OSS_REGION';
      return shown === undefined || (isDefault && shown !== `\`${value}\``);
    });
    expect(missing.map(([line]) => line)).toEqual([]);
  });

  it('README.md names each variable of .env.function.example', () => {
    const names = [...read('.env.function.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
    const own = names.filter(name => !name.startsWith('ALIBABA_CLOUD_'));
    expect(own.length).toBeGreaterThan(7);
    expect(own.filter(name => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('each code of the troubleshooting table is one that the code throws', () => {
    const table = readme.slice(readme.indexOf('\n## Troubleshooting'), readme.indexOf('\n## More'));
    const rows = table.split('\n').filter(line => line.startsWith('| `'));
    const codes = rows.flatMap(row =>
      [...(row.split(' | ')[0] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
    );
    const source = files
      .filter(path => /^(aws-worker|shared)\/.*\.ts$/.test(path))
      .map(read)
      .join('\n');
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter(code => !source.includes(`'${code}'`))).toEqual([]);
  });

  it('docs/operations.md names each metric, and no other', () => {
    const namesIn = (text: string) => [...new Set(text.match(/oss_s3_bridge_[a-z_]+/g)?.map(withoutSuffix))].sort();
    expect(namesIn(read('docs/operations.md'))).toEqual(namesIn(read('aws-worker/http/metrics.ts')));
  });

  it('docs/cli.md has a section for each command, with its options, and no others', () => {
    const sections = sectionsOf(read('docs/cli.md'));
    const commands = commandsIn(createProgram(recordingIo().io));
    expect([...sections.keys()].sort()).toEqual(commands.map(({ name }) => name).sort());
    for (const { name, parent, options } of commands.filter(({ isGroup }) => !isGroup)) {
      const documented = [...(sections.get(name) ?? []), ...(sections.get(parent) ?? [])];
      expect(documented.sort(), name).toEqual([...options].sort());
    }
  });

  it('docs/cli.md has each exit code, with what it means', () => {
    const codes = [...read('docs/cli.md').matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
    expect(new Set(codes)).toEqual(new Set(Object.values(EXIT)));
  });

  it('npm scripts that documents tell to run exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap(path =>
      [...read(path).matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name),
    );
    expect(named.filter(name => scripts[name] === undefined)).toEqual([]);
  });
});

/** The options in the tables below each heading that names commands, by each name. */
function sectionsOf(markdown: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, readonly string[]>();
  for (const section of markdown.split(/^##+ /m).slice(1)) {
    const [heading = ''] = section.split('\n');
    const options = [...section.matchAll(/^\| `(-.*?)` \|/gm)].map(([, flags = '']) => flags);
    for (const [, name = ''] of heading.matchAll(/`(bridge[^`]*)`/g)) sections.set(name, options);
  }
  return sections;
}

interface CommandFact {
  readonly name: string;
  readonly parent: string;
  readonly options: readonly string[];
  /** Of other commands; what its section documents, they all take. */
  readonly isGroup: boolean;
}

/** Below `bridge`; the help of a group is commander's own. */
function commandsIn(program: Command, path = 'bridge'): readonly CommandFact[] {
  return program.commands.flatMap(command => {
    const name = `${path} ${command.name()}`;
    return [
      { name, parent: path, options: command.options.map(({ flags }) => flags), isGroup: command.commands.length > 0 },
      ...commandsIn(command, name),
    ];
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.includes(name))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}

/** Prometheus adds it to a histogram's name. */
function withoutSuffix(metric: string): string {
  return metric.replace(/_bucket$/, '');
}

/** Relative ones, outside of code blocks. */
function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter(t => !/^[a-z]+:/.test(t));
}

function resolves(from: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return false;
  return heading === undefined || headingsOf(read(target)).includes(heading);
}

/** As GitHub makes anchors of headings. */
function headingsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
