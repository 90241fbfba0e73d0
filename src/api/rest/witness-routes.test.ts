import { pino } from 'pino';
import { expect, test } from 'vitest';
import { errorBodySchema } from '../../contract/error-schema.ts';
import { sampleTopology } from '../../contract/samples.ts';
import { controllerSchema, witnessAnswerSchema } from '../../contract/witness-schema.ts';
import { createRestApi } from './create-rest-api.ts';
import { SampleControlPlane } from './sample-control-plane.ts';

const token = 'a-token-for-the-tests';
const app = createRestApi({ control: new SampleControlPlane(), token, log: pino({ level: 'silent' }) });
const headers = { authorization: `Bearer ${token}` };
const ask = (payload: object, cluster = 'orders', sent: object = headers) =>
  app.inject({ method: 'POST', url: `/v1/clusters/${cluster}/witness`, headers: { ...sent }, payload });

const db1 = sampleTopology().nodes[0]?.id ?? '';

test('a controller says what it sees of a server, and which controller it is', async () => {
  const answer = await ask({ server: db1, deadlineMs: 500 });
  expect(answer.statusCode).toBe(200);
  expect(witnessAnswerSchema.parse(answer.json())).toEqual({
    controller: 'sample',
    says: 'serves',
    fact: 'it answers',
  });
  const named = await app.inject({ method: 'GET', url: '/v1/controller', headers });
  expect(controllerSchema.parse(named.json())).toEqual({ controller: 'sample', clusters: ['orders'] });
});

test('of a server that it does not know it cannot tell', async () => {
  const answer = await ask({ server: 'nobody', deadlineMs: 500 });
  expect(witnessAnswerSchema.parse(answer.json()).says).toBe('cannot-tell');
});

const question = { server: db1, deadlineMs: 500 };

test.each([
  ['another cluster', ask(question, 'nope'), 404, 'not-found'],
  ['no deadline', ask({ server: db1 }), 400, 'bad-request'],
  ['no time', ask({ ...question, deadlineMs: 0 }), 400, 'bad-request'],
  ['no token', ask(question, 'orders', {}), 401, 'unauthorized'],
])('%s is refused', async (_what, asked, status, code) => {
  const answer = await asked;
  expect(answer.statusCode).toBe(status);
  expect(errorBodySchema.parse(answer.json()).error.code).toBe(code);
});
