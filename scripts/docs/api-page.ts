/** docs/reference/api.md: the endpoints by the OpenAPI document, which is made from the routes. */
import { pino } from 'pino';
import { z } from 'zod';
import { createRestApi } from '../../src/api/rest/index.ts';
import { SampleControlPlane } from '../../src/api/rest/sample-control-plane.ts';
import { code, page, pageHead, table } from './markdown.ts';

const INTRODUCTION = `
JSON over HTTP under \`/v1\`, by default on \`http://127.0.0.1:7432\`. The OpenAPI 3.1 document at \`/openapi.json\` is made
from the routes and has every field with its type; this page says how to use them. Fields may be added to answers
later; none is renamed or taken away within \`/v1\`.

## Access

Every request carries the bearer token that the controller wrote to \`token\` in its data directory at its first start.
\`/healthz\` and \`/openapi.json\` answer without it and say nothing of any cluster;
\`/v1/agents/join\` and \`/v1/agents/renew\` ask for the agent's own proof instead. Whoever can read that file may do what
the controller can do; to replace the token, write another one into the file (16 characters or more) or delete it, and
start the controller again.

\`\`\`sh
export DAUPHIN_URL=http://127.0.0.1:7432
export TOKEN=$(cat .dauphin/token)
curl -s -H "Authorization: Bearer $TOKEN" $DAUPHIN_URL/v1/clusters
\`\`\`

A missing or wrong token gets 401. The API itself speaks plain HTTP: to reach it from other machines, put a proxy with
TLS in front of it.

## Endpoints
`;

const USE = `
## Looking

\`\`\`sh
curl -s -H "Authorization: Bearer $TOKEN" $DAUPHIN_URL/v1/clusters/orders/topology
curl -s -H "Authorization: Bearer $TOKEN" "$DAUPHIN_URL/v1/findings?cluster=orders"
curl -s -H "Authorization: Bearer $TOKEN" $DAUPHIN_URL/v1/servers/db2
\`\`\`

To take a server up that was not found by itself, with its neighbours:

\`\`\`sh
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"address": "10.0.0.14:3306"}' $DAUPHIN_URL/v1/clusters/orders/servers
\`\`\`

Answers are what was last seen; each observation says when (\`observedAt\`, in milliseconds since 1970). A server is found
by its name, id, address or alias; where several clusters have one of that name, add \`?cluster=\`.

## Handing over

\`\`\`sh
# The plan, as it would run. Changes nothing. 200, or 409 with the reasons.
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"to": "db2", "dryRun": true}' $DAUPHIN_URL/v1/clusters/orders/switchover

# Begun: 202 with the operation and its place in Location. Refused: 409 with the reasons.
curl -s -i -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"to": "db2", "requestedBy": "ann"}' $DAUPHIN_URL/v1/clusters/orders/switchover
\`\`\`

The operation runs by itself once it is written down. Ask for it until its \`status\` is not \`running\` any more, or follow
its events. The body takes no other fields: a misspelt one gets 400 and is named.

\`failover\`, \`rejoin\`, \`repair\` and \`relocation\` are asked in the same way and answer in the same words:

\`\`\`sh
curl -s -i -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"acceptDataLoss": true, "reason": "the site is flooded", "requestedBy": "ann"}' \\
  $DAUPHIN_URL/v1/clusters/orders/failover

curl -s -i -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"server": "db1", "requestedBy": "ann"}' $DAUPHIN_URL/v1/clusters/orders/rejoin
\`\`\`

\`acknowledge\` takes a \`comment\`; \`downtime\` (of a \`server\`) and \`maintenance\` take \`forMs\`, and end what is ordered
when it is left out. Each answers with all orders that are in force.

## Events

\`\`\`sh
curl -s -N -H "Authorization: Bearer $TOKEN" $DAUPHIN_URL/v1/events
\`\`\`

Server-sent events. \`event\` is \`operation\` (an operation changed), \`journal\` (a line was written) or \`compacted\` (older
events are no longer held: read the state anew). \`data\` is JSON, \`id\` the revision. To go on after a break, send the last
id as \`Last-Event-ID\` or \`?after=\`: the stream goes on from that revision, so the last event may come again and none is
left out. \`?operation=ID\` gives only the events of one operation. A comment line comes every 15 s when there is nothing
to tell.

\`\`\`text
id: 54
event: journal
data: {"kind":"journal","revision":54,"entry":{"operation":"sw-mwp059bf-9c37","sequence":14,"at":1795180544853,"what":{"event":"step-started","step":"freeze:db2"}}}
\`\`\`

## Errors

Every answer that is not a success has one shape, with a code that does not change. See [errors.md](errors.md) for the
codes and [refusals.md](refusals.md) for the reasons of a 409.
`;

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string(),
        parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
});

export async function apiPage(): Promise<string> {
  return page(
    pageHead('HTTP API', 'the OpenAPI document and scripts/docs/api-page.ts'),
    INTRODUCTION,
    await endpointsTable(),
    USE,
  );
}

async function endpointsTable(): Promise<string> {
  const log = pino({ level: 'silent' });
  const app = createRestApi({ control: new SampleControlPlane(), token: 'not-a-real-token', log });
  try {
    const { paths } = documentSchema.parse((await app.inject('/openapi.json')).json());
    const rows = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary, parameters, responses }]) => {
        const query = parameters.filter((each) => each.in === 'query').map(({ name }) => code(name));
        const statuses = Object.keys(responses).filter((status) => /^\d+$/.test(status));
        return [code(`${method.toUpperCase()} ${path}`), summary, query.join(', '), statuses.join(', ')];
      }),
    );
    return table(['request', 'what it does', 'query', 'answers'], rows);
  } finally {
    await app.close();
  }
}
