// Reads an environment into typed values and collects ALL faults before it complains, so that a user mends them in one go.

import { BridgeError } from './bridge-error.ts';
import { CONTROL, CONTROLS, quotePath, readSecretFile, type SecretPlace } from './secret-place.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Empty counts as unset: that is what docker compose makes of `NAME=`. White space around a value is never meant. */
export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #faults: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  fault(text: string): void {
    this.#faults.push(text);
  }

  optional(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  required(name: string, purpose: string): string {
    const value = this.optional(name);
    if (value === undefined) this.fault(`${name} is missing: ${purpose}.`);
    return value ?? '';
  }

  /** From NAME, or from the file that NAME_FILE names. */
  secret(name: string, purpose: string): SecretPlace {
    const place = this.optionalSecret(name);
    if (place === undefined) this.fault(`${name} is missing: ${purpose}.`);
    return place ?? { name, value: '', path: undefined };
  }

  optionalSecret(name: string): SecretPlace | undefined {
    const value = this.optional(name);
    const fileName = `${name}_FILE`;
    const path = this.optional(fileName);
    if (path === undefined) return value === undefined ? undefined : { name, value: this.#sendable(name, value), path };
    if (value !== undefined) this.fault(`${name} and ${fileName} are both set: keep one of them.`);
    try {
      return { name: fileName, value: readSecretFile(path), path };
    } catch (error) {
      this.fault(`${fileName} is ${quotePath(path)}, which ${error instanceof Error ? error.message : error}.`);
      return { name: fileName, value: '', path };
    }
  }

  #sendable(name: string, value: string): string {
    if (CONTROL.test(value)) this.fault(`${name} holds ${CONTROLS}.`);
    return value;
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  oneOf<const T extends string>(name: string, values: readonly T[], fallback: T): T {
    return this.optionalOneOf(name, values) ?? fallback;
  }

  optionalOneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const found = values.find(candidate => candidate === value);
    if (found === undefined) this.fault(`${name} is ${JSON.stringify(value)}; it must be one of ${values.join(', ')}.`);
    return found;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.optional(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    this.fault(`${name} is ${JSON.stringify(value)}; it must be true or false.`);
    return fallback;
  }

  integer(name: string, range: { minimum: number; maximum: number; fallback: number; reason?: string }): number {
    return this.optionalInteger(name, range) ?? range.fallback;
  }

  /** `reason`: a sentence, where the range is not plain. */
  optionalInteger(name: string, range: { minimum: number; maximum: number; reason?: string }): number | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.minimum && number <= range.maximum) return number;
    this.fault(
      `${name} is ${JSON.stringify(value)}; it must be a whole number from ${range.minimum} to ${range.maximum}.${range.reason === undefined ? '' : ` ${range.reason}`}`,
    );
    return undefined;
  }

  url(name: string): URL | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')) {
      if (url.username !== '' || url.password !== '') this.fault(`${name} must not contain a user name or password.`);
      return url;
    }
    this.fault(`${name} is not a URL that begins with https:// or http://.`);
    return undefined;
  }

  /** @throws BridgeError permanent `invalid-configuration` with every fault, a line each; without one, nothing. */
  throwFaults(): void {
    if (this.#faults.length === 0) return;
    const count = this.#faults.length === 1 ? '1 thing' : `${this.#faults.length} things`;
    throw new BridgeError({
      kind: 'permanent',
      code: 'invalid-configuration',
      message: [`${count} to mend in the environment:`, ...this.#faults.map(fault => `  - ${fault}`)].join('\n'),
    });
  }
}
