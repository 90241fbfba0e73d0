/** The OpenAPI 3.1 document, made from the routes and the contract's schemas. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';

const componentPath = '#/components/schemas/';

/** To be called before the routes are added. */
export function describeApi(app: FastifyInstance): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Dauphin',
        description: 'One control plane for the primary of every database you run.',
        version: '1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new TypeError('the document is not an OpenAPI one');
      return withComponents(document.openapiObject);
    },
  });
}

/**
 * Components are generated here and not by the type provider, which would list each schema twice (`Node`
 * and `NodeInput`) and forbid unknown fields in answers, where later versions may add some.
 */
function withComponents<Document extends object>(document: Document): Document {
  const known = z.toJSONSchema(z.globalRegistry, { io: 'input', uri: (id) => componentPath + id }).schemas;
  const paths = JSON.parse(JSON.stringify(document), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(componentPath) ? nameOf(value, known) : value,
  ) as Document & { components: object };
  const schemas: Record<string, unknown> = {};
  const wanted = references(paths);
  for (const name of wanted) {
    const { $schema: _dialect, $id: _id, ...schema } = known[name] ?? {};
    schemas[name] = schema;
    for (const further of references(schema)) wanted.add(further);
  }
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b)));
  return { ...paths, components: { ...paths.components, schemas: sorted } };
}

/** The provider calls a request's schema `…Input`. */
function nameOf(reference: string, known: Readonly<Record<string, unknown>>): string {
  const name = reference.slice(componentPath.length);
  return componentPath + (name in known ? name : name.replace(/Input$/, ''));
}

function references(value: unknown): Set<string> {
  const found = JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
  return new Set([...found].map((match) => match[1] ?? ''));
}
