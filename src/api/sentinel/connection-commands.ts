/** What concerns a client's own connection: PING, AUTH, HELLO, QUIT, RESET and CLIENT. */
import { type Account, DEFAULT_USER, verdictOn } from './access.ts';
import { ANY, type Client, type Row } from './command-row.ts';
import { array, bulk, error, integer, map, none, ok, type Reply, simple } from './reply.ts';
import { subscribedPong } from './subscriptions.ts';

/** Whose protocol is spoken: clients look at it for what they may use. */
export const SPOKEN_VERSION = '7.2.4';

const WRONG = error('WRONGPASS invalid username-password pair or user is disabled.');
const SYNTAX = error('ERR syntax error');
const NO_PASSWORD_SET = error(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);
const HELLO_FIRST = error(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

export const connectionCommands: readonly Row[] = [
  { name: 'ping', least: 0, most: 1, whileSubscribed: true, run: ping },
  { name: 'auth', least: 1, most: ANY, open: true, run: auth },
  { name: 'hello', least: 0, most: ANY, open: true, run: hello },
  { name: 'quit', least: 0, most: ANY, open: true, whileSubscribed: true, ends: true, run: () => ok },
  { name: 'reset', least: 0, most: 0, open: true, whileSubscribed: true, run: reset },
];

export const clientCommands: readonly Row[] = [
  { name: 'id', least: 0, most: 0, run: ({ id }) => integer(id) },
  { name: 'getname', least: 0, most: 0, run: ({ name }) => (name === '' ? none : bulk(name)) },
  { name: 'setname', least: 1, most: 1, run: (client, [name = '']) => setName(client, name) },
  { name: 'setinfo', least: 2, most: 2, run: setInfo },
  { name: 'no-evict', least: 1, most: 1, run: (_, [word = '']) => onOrOff(word) },
  { name: 'no-touch', least: 1, most: 1, run: (_, [word = '']) => onOrOff(word) },
  { name: 'info', least: 0, most: 0, run: (client) => bulk(lineOf(client)) },
  {
    name: 'list',
    least: 0,
    most: ANY,
    run: ({ face }) => bulk(face.clients().map(lineOf).join('')),
  },
  {
    name: 'help',
    least: 0,
    most: 0,
    run: () =>
      array(['ID', 'GETNAME', 'SETNAME <name>', 'SETINFO <option> <value>', 'INFO', 'LIST'].map(simple)),
  },
];

function ping({ protocol, subscriptions }: Client, [text]: readonly string[]): Reply {
  if (protocol === 2 && subscriptions.count > 0) return subscribedPong(text);
  return text === undefined ? simple('PONG') : bulk(text);
}

function auth(client: Client, args: readonly string[]): Reply {
  const [first = '', second] = args;
  if (args.length > 2) return SYNTAX;
  return second === undefined ? enter(client, undefined, first) : enter(client, first, second);
}

function enter(client: Client, user: string | undefined, password: string): Reply {
  const { account, log } = client.face;
  const verdict = verdictOn(account, user, password);
  if (verdict === 'no-password-set') return NO_PASSWORD_SET;
  if (verdict === 'wrong') {
    log.info({ from: client.from, user: user ?? DEFAULT_USER }, 'sentinel.auth.refused');
    return WRONG;
  }
  client.user = user ?? DEFAULT_USER;
  return ok;
}

function hello(client: Client, [version, ...options]: readonly string[]): Reply {
  const protocol = version === undefined ? client.protocol : Number(version);
  if (!Number.isSafeInteger(protocol) || version === '') {
    return error('ERR Protocol version is not an integer or out of range');
  }
  if (protocol !== 2 && protocol !== 3) return error('NOPROTO unsupported protocol version');
  const wish = helloOptions(options);
  if ('kind' in wish) return wish;
  if (wish.account) {
    const entered = enter(client, wish.account.user, wish.account.password);
    if (entered.kind === 'error') return entered;
  }
  if (client.user === undefined) return HELLO_FIRST;
  if (wish.name !== undefined) {
    const named = setName(client, wish.name);
    if (named.kind === 'error') return named;
  }
  client.protocol = protocol;
  return map([
    ['server', bulk('redis')],
    ['version', bulk(SPOKEN_VERSION)],
    ['proto', integer(protocol)],
    ['id', integer(client.id)],
    ['mode', bulk('sentinel')],
    ['modules', array([])],
  ]);
}

interface HelloWish {
  readonly account?: Account;
  readonly name?: string;
}

function helloOptions(options: readonly string[]): HelloWish | Reply {
  let wish: HelloWish = {};
  for (let at = 0; at < options.length; ) {
    const option = options[at] ?? '';
    const [first, second] = options.slice(at + 1);
    if (option.toLowerCase() === 'auth' && first !== undefined && second !== undefined) {
      wish = { ...wish, account: { user: first, password: second } };
      at += 3;
    } else if (option.toLowerCase() === 'setname' && first !== undefined) {
      wish = { ...wish, name: first };
      at += 2;
    } else {
      return error(`ERR Syntax error in HELLO option '${option}'`);
    }
  }
  return wish;
}

function setName(client: Client, name: string): Reply {
  if (!printable(name)) {
    return error('ERR Client names cannot contain spaces, newlines or special characters.');
  }
  client.name = name;
  return ok;
}

function reset(client: Client): Reply {
  client.subscriptions.clear();
  client.protocol = 2;
  client.name = '';
  client.user = client.face.account === undefined ? DEFAULT_USER : undefined;
  return simple('RESET');
}

function setInfo(client: Client, [key = '', value = '']: readonly string[]): Reply {
  const option = key.toLowerCase();
  if (option !== 'lib-name' && option !== 'lib-ver') return error(`ERR Unrecognized option '${key}'`);
  if (!printable(value)) {
    return error(`ERR ${option} cannot contain spaces, newlines or special characters.`);
  }
  // `ioredis(mine)`: a program may add a name of its own.
  if (option === 'lib-name') client.library = value.split('(')[0]?.toLowerCase() ?? '';
  return ok;
}

const onOrOff = (word: string): Reply => (/^(on|off)$/i.test(word) ? ok : SYNTAX);

const printable = (text: string): boolean => /^[!-~]*$/.test(text);

function lineOf(client: Client): string {
  const { id, from, at, name, since, subscriptions, user, protocol, face } = client;
  const age = Math.max(0, Math.floor((face.clock.now() - since) / 1000));
  const flags = subscriptions.count > 0 ? 'P' : 'N';
  const sub = `sub=${subscriptions.countOf('channel')} psub=${subscriptions.countOf('pattern')}`;
  return `id=${id} addr=${from} laddr=${at} name=${name} age=${age} flags=${flags} db=0 ${sub} user=${user ?? ''} resp=${protocol}\n`;
}
