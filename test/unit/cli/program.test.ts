import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { EXIT_CODES_TEXT } from '../../../cli/help-text.ts';
import { runCli } from './cli-fixture.ts';

describe('what cannot be meant', () => {
  it.each([
    [['vresion'], "unknown command 'vresion'", 'Did you mean version?'],
    [['version', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
    [['version', 'now'], 'too many arguments', 'Expected 0 arguments but got 1'],
    [['--versoin'], "unknown option '--versoin'", 'Did you mean --version?'],
  ])('%j ends with exit code 2, names the fault, and helps on', async (args, fault, advice) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(exitCode).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr).toContain(fault);
    expect(stderr).toContain(advice);
  });

  it('is printed without what would move a cursor', async () => {
    const { stderr } = await runCli(['\u001b[2Jvers\u009bion']);
    expect(stderr).toContain('\\u001b[2Jvers\\u009bion');
    expect(stderr).not.toMatch(/[\u001b\u009b]/);
  });

  it('without a command the help goes to standard error, and the exit code is 2', async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.usage, stdout: '' });
    expect(stderr).toContain('Usage: bridge');
  });
});

describe('help', () => {
  it.each([[['--help']], [['help']], [['-h']]])('%j lists commands and exit codes, and is a success', async args => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.ok, stderr: '' });
    expect(stdout).toMatch(/^ {2}version /m);
    expect(stdout).toContain(EXIT_CODES_TEXT);
  });

  it('names every exit code', () => {
    const named = [...EXIT_CODES_TEXT.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code));
    expect(named).toEqual(Object.values(EXIT));
  });

  it('of a command ends with examples', async () => {
    const { exitCode, stdout } = await runCli(['help', 'version']);
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toMatch(/Examples:\n {2}bridge version --json +# /);
  });

  it('for a command that there is not ends with exit code 2 and the nearest', async () => {
    const { exitCode, stdout, stderr } = await runCli(['help', 'vresion']);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.usage, stdout: '' });
    expect(stderr).toContain("unknown command 'vresion'\n(Did you mean version?)");
  });
});
