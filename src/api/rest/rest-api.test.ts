import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  clusterListSchema,
  findingListSchema,
  journalSchema,
  operationListSchema,
  serverListSchema,
} from '../../contract/answer-schema.ts';
import { clusterSummarySchema } from '../../contract/cluster-schema.ts';
import { type ErrorBody, errorBodySchema } from '../../contract/error-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import { samplePlan, sampleRefusal, sampleTopology } from '../../contract/samples.ts';
import { serverSchema, topologySchema } from '../../contract/topology-schema.ts';
import { createRestApi } from './create-rest-api.ts';
import { SampleControlPlane } from './sample-control-plane.ts';

const token = 'a-token-for-the-tests';
let control: SampleControlPlane;
let app: ReturnType<typeof createRestApi>;

beforeEach(() => {
  control = new SampleControlPlane();
  app = createRestApi({ control, token, log: pino({ level: 'silent' }) });
});

async function ask(request: InjectOptions) {
  return app.inject({ headers: { authorization: `Bearer ${token}` }, ...request });
}

function errorOf(answer: LightMyRequestResponse): ErrorBody['error'] {
  const body = answer.json<unknown>();
  expect(errorBodySchema.parse(body)).toEqual(body);
  return errorBodySchema.parse(body).error;
}

async function get(url: string) {
  return ask({ method: 'GET', url });
}

async function switchover(payload: InjectOptions['payload']) {
  return ask({ method: 'POST', url: '/v1/clusters/orders/switchover', ...(payload && { payload }) });
}

describe('reading', () => {
  test.each([
    ['/v1/clusters', clusterListSchema],
    ['/v1/clusters/orders', clusterSummarySchema],
    ['/v1/clusters/orders/topology', topologySchema],
    ['/v1/clusters/orders/servers', serverListSchema],
    ['/v1/servers', serverListSchema],
    ['/v1/servers?cluster=orders', serverListSchema],
    ['/v1/servers/db2', serverSchema],
    ['/v1/servers/db2%3A3306?cluster=orders', serverSchema],
    ['/v1/findings', findingListSchema],
    ['/v1/findings?cluster=orders', findingListSchema],
    ['/v1/operations?cluster=orders&limit=5', operationListSchema],
    ['/v1/operations/op-7', operationSchema],
    ['/v1/operations/op-7/journal', journalSchema],
  ])('%s answers in its schema, nothing lost and nothing added', async (url, schema) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(200);
    expect(schema.parse(answer.json())).toEqual(answer.json());
  });

  test('a topology is the very object of the core', async () => {
    expect((await get('/v1/clusters/orders/topology')).json()).toEqual(sampleTopology());
  });

  test.each([
    '/v1/clusters/nope',
    '/v1/servers/nope',
    '/v1/operations/nope',
    '/v1/findings?cluster=nope',
    '/v1/nope',
  ])('%s is not found, in JSON', async (url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(404);
    expect(errorOf(answer).code).toBe('not-found');
  });

  test('the number of operations is limited', async () => {
    expect(operationListSchema.parse((await get('/v1/operations?limit=1')).json()).operations).toHaveLength(
      1,
    );
  });
});

describe('discovery', () => {
  const url = '/v1/clusters/orders/servers';

  test('answers with the topology', async () => {
    const answer = await ask({ method: 'POST', url, payload: { address: 'db9:3306' } });
    expect(topologySchema.parse(answer.json()).cluster).toBe('orders');
  });

  test('passes the fault of the control plane on with its status', async () => {
    const answer = await ask({ method: 'POST', url, payload: { address: 'nowhere:3306' } });
    expect(answer.statusCode).toBe(503);
    expect(errorOf(answer)).toEqual({
      code: 'server-unreachable',
      message: 'nowhere:3306: connection refused',
    });
  });

  test('says what an address looks like', async () => {
    const answer = await ask({ method: 'POST', url, payload: { address: 'db9' } });
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer)).toEqual({
      code: 'bad-request',
      message: '"address" in the body must be host:port, or [IPv6]:port',
      details: { in: 'body', field: 'address', accepted: 'host:port, or [IPv6]:port' },
    });
  });
});

describe('switchover', () => {
  test('is begun: 202 with the operation', async () => {
    const answer = await switchover({ to: 'db2', requestedBy: 'ada@laptop' });
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.location).toBe('/v1/operations/op-7');
    expect(operationSchema.parse(answer.json()).status).toBe('running');
    expect(control.asked).toEqual({ cluster: 'orders', to: 'db2', requestedBy: 'ada@laptop' });
  });

  test('names the address it was asked from when nobody is named', async () => {
    await switchover({});
    expect(control.asked).toEqual({ cluster: 'orders', requestedBy: 'api 127.0.0.1' });
  });

  test('as a dry run: 200 with the plan, and nothing is begun', async () => {
    const answer = await switchover({ dryRun: true });
    expect(answer.statusCode).toBe(200);
    expect(planSchema.parse(answer.json())).toEqual(samplePlan());
  });

  test.each([true, false])('refused (dryRun %s): 409 with every refusal', async (dryRun) => {
    control.refusals = [
      sampleRefusal,
      { ...sampleRefusal, code: 'candidate-errant', fact: 'db4 has 2 of its own' },
    ];
    const answer = await switchover({ to: 'db4', dryRun });
    expect(answer.statusCode).toBe(409);
    const error = errorOf(answer);
    expect(error).toEqual({
      code: 'refused',
      message: 'db4 is 14 s behind db1 (and 1 more)',
      ...(dryRun ? {} : { details: { operation: 'op-7' } }),
      refusals: control.refusals,
    });
  });
});

describe('what is not accepted', () => {
  test.each([
    [{ too: 'db2' }, 'there is no field "too" in the body; known: to, mode, dryRun, requestedBy'],
    [{ dryRun: 'yes' }, '"dryRun" in the body must be true or false'],
    [{ to: 7 }, '"to" in the body must be text of 1 to 400 characters'],
    [{ requestedBy: 'a\u001b[2J' }, '"requestedBy" in the body must be text without control characters'],
    [undefined, 'the body must be a JSON object'],
  ])('%j: %s', async (payload, message) => {
    const answer = await switchover(payload);
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'bad-request', message });
    expect(control.asked).toBeUndefined();
  });

  test.each([
    ['/v1/operations?limit=lots', '"limit" in the query must be a whole number from 1 to 1000'],
    ['/v1/operations?limit=0', '"limit" in the query must be a whole number from 1 to 1000'],
    ['/v1/findings?clutser=orders', 'there is no field "clutser" in the query; known: cluster'],
    ['/v1/events?after=-1', '"after" in the query must be a whole number from 0'],
  ])('%s: %s', async (url, message) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer).message).toBe(message);
  });

  test.each([
    ['application/json', '{"to": ', 'the body is not JSON'],
    ['application/json', '', 'the body is not JSON'],
    ['text/plain', 'to=db2', 'the body is not announced as JSON'],
  ])('a %s body %j: %s', async (contentType, payload, message) => {
    const answer = await ask({
      method: 'POST',
      url: '/v1/clusters/orders/switchover',
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      payload,
    });
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'bad-request', message, details: { in: 'body' } });
  });

  test('an address that cannot be decoded', async () => {
    const answer = await get('/v1/clusters/%zz');
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer).code).toBe('bad-request');
  });

  test('a body that is too large', async () => {
    const answer = await switchover({ to: 'x'.repeat(70_000) });
    expect(answer.statusCode).toBe(400);
    expect(errorOf(answer).code).toBe('bad-request');
  });
});

describe('the token', () => {
  test.each([
    [undefined, 'Bearer', 'no bearer token was sent'],
    ['Basic YTpi', 'Bearer', 'no bearer token was sent'],
    ['Bearer wrong', 'Bearer error="invalid_token"', 'the token is wrong'],
    [`Bearer ${token}x`, 'Bearer error="invalid_token"', 'the token is wrong'],
  ])('%s: 401', async (authorization, challenge, message) => {
    for (const url of ['/v1/clusters', '/v1/events', '/v1/nope', '/']) {
      const answer = await app.inject({ url, headers: authorization === undefined ? {} : { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(challenge);
      expect(answer.json()).toEqual({ error: { code: 'unauthorized', message } });
    }
  });

  test('is not needed to ask whether the controller is there, nor for the description', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/openapi.json')).statusCode).toBe(200);
  });

  test('the scheme may be written in any case', async () => {
    const answer = await app.inject({ url: '/v1/clusters', headers: { authorization: `bearer ${token}` } });
    expect(answer.statusCode).toBe(200);
  });
});

test('a defect answers as `internal` and tells nothing of its stack', async () => {
  control.findings = () => {
    throw new TypeError('x is not a function');
  };
  const answer = await get('/v1/findings');
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({ error: { code: 'internal', message: 'x is not a function' } });
});
