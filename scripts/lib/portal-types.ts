import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { ApiParts } from '../../src/doors/http/api/api-parts.ts';
import { apiRoutes } from '../../src/doors/http/api/api-routes.ts';
import { describeApi } from '../../src/doors/http/openapi.ts';

/** What stands above the types. */
const BANNER = '// Made by scripts/portal-types from the schemas of the API. A test compares them.\n';

/** The types of the portal's client: every schema of the API that has a name, as the OpenAPI description has it. */
export async function portalTypes(): Promise<string> {
  const description = describeApi('outside', apiRoutes(partsForDescription()));
  const text = JSON.stringify(description['components']).replaceAll(
    '#/components/schemas/',
    '#/definitions/',
  );
  const { schemas } = JSON.parse(text) as { readonly schemas: Record<string, JSONSchema> };
  const { Error: ErrorAnswer, ...others } = schemas;
  const definitions = { ...others, ...(ErrorAnswer !== undefined && { ErrorAnswer }) };
  const all: JSONSchema = {
    title: 'Schemas',
    type: 'object',
    additionalProperties: false,
    required: Object.keys(definitions),
    properties: Object.fromEntries(
      Object.keys(definitions).map((name) => [name, { $ref: `#/definitions/${name}` }]),
    ),
    definitions,
  };
  return compile(all, 'Schemas', {
    bannerComment: BANNER,
    additionalProperties: false,
    style: { singleQuote: true, printWidth: 110 },
  });
}

/** Describing asks the parts for the rules of a site alone. */
function partsForDescription(): ApiParts {
  const policy = { site: '', largest: 0, scan: {}, retention: {} };
  return { side: 'outside', intake: { policy } } as unknown as ApiParts;
}
