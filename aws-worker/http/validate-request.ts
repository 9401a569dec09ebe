// Holds requests to their schemas, strictly: nothing is removed, nothing is guessed, and every faulty field is named. In a query,
// where all is text, digits become the integer that the schema asks for; nothing else is converted.

import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { FieldFault } from './problem.ts';

export class InvalidRequestError extends BridgeError {
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly FieldFault[]) {
    const listed = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    super({ kind: 'permanent', code: 'invalid-request', message: `The request is not valid: ${listed}.` });
    this.faults = faults;
  }
}

type Validation = { readonly value: unknown } | { readonly error: InvalidRequestError };

/** For Fastify's `setValidatorCompiler`. */
export function compileValidator(options: {
  readonly schema: TSchema;
  readonly httpPart?: string;
}): (value: unknown) => Validation {
  const { schema, httpPart = 'body' } = options;
  const check = Compile(schema);
  const isQuery = httpPart === 'querystring';
  return received => {
    const value = isQuery ? withIntegers(schema, received) : received;
    if (check.Check(value)) return { value };
    const whole = isQuery ? 'query' : httpPart;
    const faults = check.Errors(value).flatMap(error => toFaults(error, { whole, known: namesOf(schema) }));
    return { error: new InvalidRequestError(onePerField(faults)) };
  };
}

const INTEGER = /^[0-9]{1,9}$/;

function withIntegers(schema: TSchema, query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const properties = propertiesOf(schema);
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const isInteger = typeof value === 'string' && INTEGER.test(value) && properties[name]?.type === 'integer';
      return [name, isInteger ? Number(value) : value];
    }),
  );
}

interface ValidationError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function toFaults(
  error: ValidationError,
  { whole, known }: { readonly whole: string; readonly known: readonly string[] },
): readonly FieldFault[] {
  const field = error.instancePath === '' ? whole : unescapePointer(error.instancePath.slice(1));
  if (error.schemaPath === '#/additionalProperties') return [{ field, message: unknownField(known) }];
  if (error.keyword === 'additionalProperties') return []; // each field was named by itself
  if ('requiredProperties' in error.params && Array.isArray(error.params.requiredProperties)) {
    return error.params.requiredProperties.map(name => ({ field: String(name), message: 'is required' }));
  }
  if ('allowedValues' in error.params && Array.isArray(error.params.allowedValues)) {
    return [{ field, message: `must be one of ${error.params.allowedValues.map(quote).join(', ')}` }];
  }
  if (error.message === 'must be object') return [{ field, message: 'must be a JSON object' }];
  return [{ field, message: error.message }];
}

function unknownField(known: readonly string[]): string {
  return known.length === 0 ? 'is not known; nothing is taken here' : `is not known; known are ${known.join(', ')}`;
}

/** The first fault of a field says enough. */
function onePerField(faults: readonly FieldFault[]): readonly FieldFault[] {
  return faults.filter(({ field }, index) => faults.findIndex(other => other.field === field) === index);
}

function quote(value: unknown): string {
  return JSON.stringify(value);
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function propertiesOf(schema: TSchema): Readonly<Record<string, { readonly type?: unknown }>> {
  return 'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null
    ? { ...schema.properties }
    : {};
}

function namesOf(schema: TSchema): readonly string[] {
  return Object.keys(propertiesOf(schema));
}
