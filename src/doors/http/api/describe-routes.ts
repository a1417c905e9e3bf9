import { z } from 'zod';
import type { ApiRoute } from './api-route.ts';
import { API_PATH } from './serve-routes.ts';

type Node = { readonly [key: string]: unknown };

const REFUSED: Node = {
  description: 'Refused, in words',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

/** Paths and schemas of OpenAPI 3.1, made from the routes. Schemas with an id stand once, and are referred to. */
export function describeRoutes(routes: readonly ApiRoute[]): {
  readonly paths: Node;
  readonly schemas: Node;
} {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `${API_PATH}${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, schemas) };
  }
  return { paths, schemas };
}

function describe(route: ApiRoute, schemas: Record<string, unknown>): Node {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  return {
    summary: route.summary,
    ...(route.access === 'open' && { security: [] }),
    ...(route.access === 'session' && { security: [{ session: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: { required: true, content: json(schemaOf(route.body, 'input', schemas)) },
    }),
    responses: { ...answerOf(route, schemas), default: REFUSED },
  };
}

function answerOf({ answer }: ApiRoute, schemas: Record<string, unknown>): Node {
  if (answer === 'nothing') return { 204: { description: 'Done' } };
  if (answer instanceof z.ZodType) {
    return { 200: { description: 'Done', content: json(schemaOf(answer, 'output', schemas)) } };
  }
  return { 200: { description: answer.what, content: { [answer.media]: {} } } };
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): readonly Node[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: shape,
  }));
}

/** The JSON schema of a body or an answer. What has an id, itself too, is moved to `schemas`, and referred to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): Node {
  const { $schema: _, $defs = {}, ...whole } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  for (const [id, definition] of Object.entries($defs)) schemas[id] = relocate(definition);
  return relocate(whole);
}

/** JSON Schema keeps definitions below `$defs`, OpenAPI below `components/schemas`. */
function relocate(schema: unknown): Node {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/')) as Node;
}

function json(schema: Node): Node {
  return { 'application/json': { schema } };
}
