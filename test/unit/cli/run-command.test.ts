import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { runCommand } from '../../../cli/run-command.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { recordingIo } from './cli-fixture.ts';

const failure = (kind: BridgeError['kind'], code: string) => new BridgeError({ kind, code, message: 'Do this.' });

describe('a command', () => {
  it('that succeeded returns, and gets what was typed', async () => {
    const { io } = recordingIo();
    const action = runCommand(io, async (given: string) => {
      expect(given).toBe('typed');
      return EXIT.ok;
    });
    await expect(action('typed')).resolves.toBeUndefined();
  });

  it.each(Object.values(EXIT).filter(code => code !== EXIT.ok))(
    'that returned %d ends the program with it, without a word',
    async code => {
      const { io, printed } = recordingIo();
      const ended = runCommand(io, async () => code)();
      await expect(ended).rejects.toThrow(CommanderError);
      await expect(ended).rejects.toMatchObject({ exitCode: code });
      expect(printed).toEqual({ stdout: '', stderr: '' });
    },
  );

  it.each([
    ['retryable', 'queue-unreachable', EXIT.failed],
    ['permanent', 'source-credentials', EXIT.failed],
    ['cancelled', 'cancelled', EXIT.failed],
    ['permanent', 'invalid-configuration', EXIT.usage],
    ['permanent', 'invalid-arguments', EXIT.usage],
  ] as const)('that threw %s %s says its sentence on standard error and ends with %d', async (kind, code, exitCode) => {
    const { io, printed } = recordingIo();
    const action = runCommand(io, async () => {
      throw failure(kind, code);
    });
    await expect(action()).rejects.toMatchObject({ exitCode });
    expect(printed).toEqual({ stdout: '', stderr: 'Do this.\n' });
  });

  it('that a signal ended says nothing more and ends with 130', async () => {
    const { io, printed } = recordingIo({ signal: AbortSignal.abort() });
    const action = runCommand(io, async () => {
      throw failure('cancelled', 'cancelled');
    });
    await expect(action()).rejects.toMatchObject({ exitCode: EXIT.cancelled });
    expect(printed.stderr).toBe('');
  });

  it('that failed in a way nobody foresaw shows where', async () => {
    const { io, printed } = recordingIo();
    const action = runCommand(io, async () => {
      throw new TypeError('x is not a function');
    });
    await expect(action()).rejects.toMatchObject({ exitCode: EXIT.failed });
    expect(printed.stderr).toMatch(/^TypeError: x is not a function\n {4}at /);
  });
});
