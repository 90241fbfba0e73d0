import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRestApi } from './create-rest-api.ts';
import { SampleControlPlane } from './sample-control-plane.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

async function describeTheApi(): Promise<{ document: Document; text: string }> {
  const app = createRestApi({
    control: new SampleControlPlane(),
    token: 't',
    log: pino({ level: 'silent' }),
  });
  const answer = await app.inject('/openapi.json');
  return { document: answer.json<Document>(), text: answer.body };
}

test('every route is described', async () => {
  const { document } = await describeTheApi();
  expect(document.openapi).toBe('3.1.0');
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual([
    'GET /healthz',
    'GET /v1/clusters',
    'GET /v1/clusters/{cluster}',
    'GET /v1/clusters/{cluster}/orders',
    'GET /v1/clusters/{cluster}/servers',
    'GET /v1/clusters/{cluster}/topology',
    'GET /v1/controller',
    'GET /v1/events',
    'GET /v1/findings',
    'GET /v1/operations',
    'GET /v1/operations/{id}',
    'GET /v1/operations/{id}/journal',
    'GET /v1/servers',
    'GET /v1/servers/{server}',
    'POST /v1/clusters/{cluster}/acknowledge',
    'POST /v1/clusters/{cluster}/downtime',
    'POST /v1/clusters/{cluster}/failover',
    'POST /v1/clusters/{cluster}/maintenance',
    'POST /v1/clusters/{cluster}/rejoin',
    'POST /v1/clusters/{cluster}/relocation',
    'POST /v1/clusters/{cluster}/repair',
    'POST /v1/clusters/{cluster}/reshape',
    'POST /v1/clusters/{cluster}/servers',
    'POST /v1/clusters/{cluster}/switchover',
    'POST /v1/clusters/{cluster}/witness',
    'POST /v1/operations/{id}/abandon',
  ]);
});

test('every reference leads to a component, each is named once, and none is left over', async () => {
  const { document, text } = await describeTheApi();
  const referenced = new Set(
    [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => String(match[1])),
  );
  expect(Object.keys(document.components.schemas)).toEqual(
    [...referenced].sort((a, b) => a.localeCompare(b)),
  );
  expect(referenced).toContain('SwitchoverRequest');
  expect(referenced).toContain('Topology');
  expect([...referenced].filter((name) => name.endsWith('Input'))).toEqual([]);
});

test('requests forbid unknown fields, answers may get more of them later', async () => {
  const { schemas } = (await describeTheApi()).document.components;
  expect(schemas.SwitchoverRequest).toHaveProperty('additionalProperties', false);
  expect(schemas.Topology).not.toHaveProperty('additionalProperties');
});
