/** Directives about the Sentinel's own port, as any Redis has them. */
import { type Directive, type Draft, type Taking, warn, wholeNumber } from './draft.ts';

export const serverDirectives: Readonly<Record<string, Taking>> = {
  port: (draft, { args: [text = ''] }) => {
    const value = portOf(text);
    if (value !== undefined) draft.port = value;
    return value !== undefined;
  },
  'tls-port': (draft, by) => {
    const value = portOf(by.args[0] ?? '');
    if (value !== undefined) draft.tlsPort = { value, by };
    return value !== undefined;
  },
  bind,
  requirepass: (draft, { args: [password = ''] }) => {
    if (password !== '') draft.account = { user: 'default', password };
    return password !== '';
  },
  user,
  maxclients: (draft, { args: [text = ''] }) => {
    const most = wholeNumber(text);
    if (most !== undefined && most > 0) draft.maxClients = most;
    return most !== undefined && most > 0;
  },
  'tls-cert-file': textInto('certificateFile'),
  'tls-key-file': textInto('keyFile'),
  'tls-ca-cert-file': textInto('caFile'),
  'tls-auth-clients': (draft, directive) => {
    const [word = ''] = directive.args;
    draft.authClients = word === 'yes';
    if (word !== 'optional') return word === 'yes' || word === 'no';
    return warn(draft, directive, 'warning', 'clients are asked for no certificate: there is no `optional`');
  },
  'tls-replication': (draft, { args: [word = ''] }) => {
    draft.serverTls = word === 'yes';
    return word === 'yes' || word === 'no';
  },
};

function portOf(text: string): number | undefined {
  const value = wholeNumber(text);
  return value !== undefined && value <= 65_535 ? value : undefined;
}

function textInto(key: 'certificateFile' | 'keyFile' | 'caFile'): Taking {
  return (draft, { args: [text = ''] }) => {
    draft[key] = text;
    return text !== '';
  };
}

/** A `-` before an address: Redis starts without it where the host does not have it. */
function bind(draft: Draft, directive: Directive): boolean {
  const [first, ...others] = directive.args.map((text) => text.replace(/^-/, ''));
  if (first === undefined) return false;
  draft.host = first === '*' ? '0.0.0.0' : first;
  return others.length === 0
    ? true
    : warn(draft, directive, 'warning', `the face listens on one address: ${draft.host}`);
}

/** Of an ACL rule only the name and a password in plain text are of use: the face has one account. */
function user(draft: Draft, directive: Directive): boolean {
  const [name = '', ...rules] = directive.args;
  if (name === '') return false;
  if (!rules.includes('on')) return true;
  if (name === 'default' && rules.includes('nopass')) return true;
  const password = rules.find((rule) => rule.startsWith('>'))?.slice(1);
  const note = (text: string): true => warn(draft, { ...directive, title: `user ${name}` }, 'warning', text);
  if (password === undefined) return note('its password is not in plain text: set it under `sentinel`');
  if (draft.account !== undefined) return note('the face has one account, and another one is taken over');
  draft.account = { user: name, password };
  return note(
    'taken over with its password; its rules are not: the face only answers questions and FAILOVER',
  );
}
