/** The subcommands of SENTINEL. Texts are those of Sentinel 7.0, taken from a real one. */
import type { Refusal } from '../../core/switchover-request.ts';
import { ANY, type Client, type Row } from './command-row.ts';
import { globMatches } from './glob.ts';
import { peerProperties, primaryProperties, replicaProperties } from './instance-properties.ts';
import { array, bulk, error, integer, map, noArray, none, ok, type Reply, simple, texts } from './reply.ts';
import { helpLines } from './sentinel-help.ts';
import type { PrimaryView } from './sentinel-view.ts';
import { settledPrimary } from './settled-primary.ts';

const UNKNOWN_NAME = error('ERR No such master with that name');

export const sentinelCommands: readonly Row[] = [
  { name: 'masters', least: 0, most: 0, run: primaries },
  ofOne('master', (client, cluster) => primaryReply(client, cluster), 'settled'),
  { name: 'get-master-addr-by-name', least: 1, most: 1, run: addressOf },
  ofOne('replicas', replicas),
  ofOne('slaves', replicas),
  ofOne('sentinels', ({ face }, cluster) =>
    array(face.view.peers().map((peer) => peerProperties({ now: face.clock.now(), cluster }, peer))),
  ),
  ofOne('ckquorum', checkQuorum),
  ofOne('failover', failover),
  { name: 'myid', least: 0, most: 0, run: ({ face }) => bulk(face.view.id) },
  { name: 'is-master-down-by-addr', least: 4, most: 4, run: (_, args) => isDown(args) },
  { name: 'info-cache', least: 1, most: ANY, run: infoCache },
  { name: 'pending-scripts', least: 0, most: 0, run: () => array([]) },
  { name: 'config', least: 1, most: ANY, run: (_, args) => config(args) },
  { name: 'debug', least: 0, most: ANY, run: (_, args) => (args.length === 0 ? map([]) : ours('DEBUG')) },
  { name: 'simulate-failure', least: 1, most: ANY, run: (_, args) => simulateFailure(args) },
  { name: 'help', least: 0, most: 0, run: () => array(helpLines.map(simple)) },
  ...['monitor', 'remove', 'reset', 'set', 'flushconfig'].map(
    (name): Row => ({ name, least: 0, most: ANY, run: () => ours(name.toUpperCase()) }),
  ),
];

/** `settled`: the answer waits while the role changes hands. */
function ofOne(
  name: string,
  answer: (client: Client, cluster: PrimaryView) => Reply | Promise<Reply>,
  when: 'now' | 'settled' = 'now',
): Row {
  const run = async (client: Client, [wished = '']: readonly string[]): Promise<Reply> => {
    const { face, signal } = client;
    const cluster =
      when === 'settled'
        ? await settledPrimary(face, wished, signal)
        : face.view.primaries().find((each) => each.name === wished);
    return cluster === undefined ? UNKNOWN_NAME : answer(client, cluster);
  };
  return { name, least: 1, most: 1, run };
}

function primaries(client: Client): Reply {
  return array(client.face.view.primaries().map((cluster) => primaryReply(client, cluster)));
}

function primaryReply({ face }: Client, cluster: PrimaryView): Reply {
  return primaryProperties({ now: face.clock.now(), cluster }, face.view.peers().length);
}

/** Nothing where there is no primary to write to: clients ask the next Sentinel, or again. */
async function addressOf({ face, signal }: Client, [name = '']: readonly string[]): Promise<Reply> {
  const primary = (await settledPrimary(face, name, signal))?.primary;
  return primary === undefined ? noArray : texts([primary.address.host, String(primary.address.port)]);
}

function replicas({ face }: Client, cluster: PrimaryView): Reply {
  const look = { now: face.clock.now(), cluster };
  return array(cluster.replicas.map((replica) => replicaProperties(look, replica)));
}

function checkQuorum({ face }: Client, { quorum }: PrimaryView): Reply {
  const all = face.view.peers();
  const usable = 1 + all.filter(({ down }) => !down).length;
  const majority = Math.floor((all.length + 1) / 2) + 1;
  const problems = [
    ...(usable < quorum
      ? ['Not enough available Sentinels to reach the specified quorum for this master']
      : []),
    ...(usable < majority
      ? ['Not enough available Sentinels to reach the majority and authorize a failover']
      : []),
  ];
  return problems.length === 0
    ? simple(`OK ${usable} usable Sentinels. Quorum and failover authorization can be reached`)
    : error(`NOQUORUM ${usable} usable Sentinels. ${problems.join('. ')}`);
}

async function failover({ face, from, signal }: Client, { name }: PrimaryView): Promise<Reply> {
  face.log.info({ cluster: name, from }, 'sentinel.failover.asked');
  const answer = await face.view.failover(name, { signal, deadlineMs: face.failoverAnswerMs });
  return answer.ok ? ok : refused(answer.refusals);
}

/** Two have words of Sentinel's own, which programs know; the others say what stands in the way. */
function refused(refusals: readonly Refusal[]): Reply {
  const codes = refusals.map(({ code }) => code);
  if (codes.includes('operation-running')) return error('INPROG Failover already in progress');
  if (codes.some((code) => code === 'no-candidate' || code === 'no-survivor')) {
    return error('NOGOODSLAVE No suitable replica to promote');
  }
  return error(`ERR ${refusals.map(({ fact, needs }) => `${fact}; needs ${needs}`).join('. ')}`);
}

/** This controller votes for no Sentinel. */
function isDown([, port = '', epoch = '']: readonly string[]): Reply {
  const numbers = [port, epoch].every((text) => /^-?\d+$/.test(text));
  return numbers
    ? array([integer(0), bulk('*'), integer(0)])
    : error('ERR value is not an integer or out of range');
}

/** What servers said to INFO is not kept: their ages are told, and a null stands for the text. */
function infoCache({ face }: Client, names: readonly string[]): Reply {
  const now = face.clock.now();
  const known = face.view.primaries().filter(({ name }) => names.includes(name));
  return array(
    known.flatMap(({ name, last, replicas: others }) => [
      bulk(name),
      array(
        [...(last === undefined ? [] : [last]), ...others].map(({ answeredAt }) =>
          array([integer(answeredAt === undefined ? 0 : Math.max(0, now - answeredAt)), none]),
        ),
      ),
    ]),
  );
}

const SETTINGS: readonly (readonly [string, string])[] = [
  ['resolve-hostnames', 'yes'],
  ['announce-hostnames', 'yes'],
  ['announce-ip', ''],
  ['announce-port', '0'],
  ['sentinel-user', ''],
  ['sentinel-pass', ''],
];

function config([what = '', ...patterns]: readonly string[]): Reply {
  const word = what.toLowerCase();
  if (word === 'set') return ours('CONFIG SET');
  if (word !== 'get' || patterns.length === 0) {
    return error('ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported.');
  }
  const wished = SETTINGS.filter(([key]) =>
    patterns.some((pattern) => globMatches(pattern.toLowerCase(), key)),
  );
  return map(wished.map(([key, value]) => [key, bulk(value)]));
}

function simulateFailure(args: readonly string[]): Reply {
  const known = ['crash-after-election', 'crash-after-promotion'];
  if (args.some((arg) => arg.toLowerCase() === 'help')) return texts(known);
  return args.every((arg) => known.includes(arg.toLowerCase()))
    ? ours('SIMULATE-FAILURE')
    : error('ERR Unknown failure simulation specified');
}

const ours = (subcommand: string): Reply =>
  error(
    `ERR SENTINEL ${subcommand} changes nothing here: what is watched, and how, stands in the configuration file of the controller (dauphin)`,
  );
