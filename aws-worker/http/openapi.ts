// The API's description, OpenAPI 3.1, made from the very schemas that the routes are held to: a schema of ours is JSON Schema already,
// so all there is to do is to collect them. A schema with a title becomes a component. https://spec.openapis.org/oas/v3.1.1

import { STATUS_CODES } from 'node:http';
import type { RouteOptions } from 'fastify';
import { PROBLEM_CONTENT_TYPE, Problem } from './problem.ts';
import type { App } from './typed-app.ts';

type Json = Record<string, unknown>;
type OpenApiDocument = Json & { openapi: string };

/** Notes every route that is added from now on; returns what makes the document, once all are. */
export function collectOpenApi(app: App, version: string): () => OpenApiDocument {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', route => {
    if (route.config?.operationId !== undefined && route.method !== 'HEAD') routes.push(route);
  });
  return () => describe(routes, version);
}

function describe(routes: readonly RouteOptions[], version: string): OpenApiDocument {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'oss-s3-bridge worker',
      version,
      description: 'Starts backfills and tells how they and the live objects are doing.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiToken: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { apiToken: { type: 'http', scheme: 'bearer', description: 'The API_TOKEN of the worker.' } },
    },
  };
}

function operation(route: RouteOptions, schemas: Json): Json {
  const { config, schema } = route;
  const isPublic = config?.isPublic === true;
  const parameters = [
    ...parametersIn('path', schema?.params, schemas),
    ...parametersIn('query', schema?.querystring, schemas),
    ...parametersIn('header', schema?.headers, schemas),
  ];
  const problems = [
    ...(takesInput(route) ? [400] : []),
    ...(isPublic ? [] : [401, 503]),
    ...(schema?.body === undefined ? [] : [413, 415]),
    ...(config?.problemStatuses ?? []),
  ];
  return {
    operationId: config?.operationId,
    summary: config?.summary,
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasProperties(schema?.body) ? { requestBody: { content: json(hoist(schema?.body, schemas)) } } : {}),
    responses: { ...successes(schema?.response, schemas), ...refusals(problems, schemas) },
  };
}

function parametersIn(place: 'path' | 'query' | 'header', schema: unknown, schemas: Json): readonly Json[] {
  if (!isJson(schema) || !isJson(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(isJson(property) && 'description' in property ? { description: property.description } : {}),
    schema: hoist(property, schemas),
  }));
}

function successes(response: unknown, schemas: Json): Json {
  if (!isJson(response)) return {};
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => {
      const isText = isJson(schema) && schema.type === 'string';
      const content = isText ? { 'text/plain': { schema: hoist(schema, schemas) } } : json(hoist(schema, schemas));
      return [status, { description: STATUS_CODES[status] ?? status, content }];
    }),
  );
}

function refusals(statuses: readonly number[], schemas: Json): Json {
  const schema = hoist(Problem, schemas);
  return Object.fromEntries(
    [...new Set(statuses)].map(status => [
      status,
      { description: STATUS_CODES[status] ?? String(status), content: { [PROBLEM_CONTENT_TYPE]: { schema } } },
    ]),
  );
}

function json(schema: unknown): Json {
  return { 'application/json': { schema } };
}

/** The schema with each titled one inside it, itself included, moved to the components and referred to. */
function hoist(schema: unknown, schemas: Json): unknown {
  if (Array.isArray(schema)) return schema.map(item => hoist(item, schemas));
  if (!isJson(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, hoist(value, schemas)]));
  if (typeof schema.title !== 'string') return inner;
  schemas[schema.title] = inner;
  return { $ref: `#/components/schemas/${schema.title}` };
}

function takesInput({ schema }: RouteOptions): boolean {
  return schema?.body !== undefined || hasProperties(schema?.querystring) || schema?.headers !== undefined;
}

function hasProperties(schema: unknown): boolean {
  return isJson(schema) && isJson(schema.properties) && Object.keys(schema.properties).length > 0;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
