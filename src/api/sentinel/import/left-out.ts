/** Directives that are not taken over, each with the reason that people are told. */
import type { ImportWarning } from './imported.ts';

type Reason = readonly [ImportWarning['weight'], string];

const STATE: Reason = ['note', "the Sentinel's own state; Dauphin keeps its own"];
const PROCESS: Reason = ['note', 'about the Sentinel process; Dauphin runs as its service says'];
const LOG: Reason = ['note', 'Dauphin logs to standard error; see `log` in the configuration'];
const HOOK: Reason = [
  'warning',
  'Dauphin runs programs as hooks, with other arguments: see `hooks` of the cluster (afterSwitchover, afterFailover)',
];
const NAMES: Reason = [
  'note',
  'names are always resolved, and servers are told to clients as they are named',
];
const ANNOUNCED: Reason = [
  'warning',
  'no controller announces itself: the other controllers name this address under `sentinel.others`',
];

/** After `sentinel`. */
export const sentinelLeftOut: Readonly<Record<string, Reason>> = {
  myid: STATE,
  'current-epoch': STATE,
  'config-epoch': STATE,
  'leader-epoch': STATE,
  'known-sentinel': [
    'warning',
    'another Sentinel: clients go on asking it. Put a controller in its place, name that one under `sentinel.others` and `peers`, and stop the Sentinel, or both fail over',
  ],
  'notification-script': HOOK,
  'client-reconfig-script': HOOK,
  'deny-scripts-reconfig': ['note', 'no client can change which programs Dauphin runs'],
  'resolve-hostnames': NAMES,
  'announce-hostnames': NAMES,
  'announce-ip': ANNOUNCED,
  'announce-port': ANNOUNCED,
  'sentinel-user': [
    'note',
    'for Sentinels among themselves; controllers ask each other with tokens (`peers`)',
  ],
  'sentinel-pass': [
    'note',
    'for Sentinels among themselves; controllers ask each other with tokens (`peers`)',
  ],
  'rename-command': [
    'warning',
    'Dauphin calls commands by their own names: give them back, and keep users from them by ACL rules',
  ],
  'master-reboot-down-after-period': [
    'note',
    'a primary that came back empty is told by its replication id, not by a time',
  ],
  'primary-reboot-down-after-period': [
    'note',
    'a primary that came back empty is told by its replication id, not by a time',
  ],
};

export const serverLeftOut: Readonly<Record<string, Reason>> = {
  include: ['warning', 'the file it names is not read: import it by itself'],
  'protected-mode': ['note', 'give the port a password, or an address that only clients reach'],
  daemonize: PROCESS,
  supervised: PROCESS,
  pidfile: PROCESS,
  dir: PROCESS,
  'proc-title-template': PROCESS,
  'set-proc-title': PROCESS,
  locale: PROCESS,
  loglevel: LOG,
  logfile: LOG,
  'syslog-enabled': LOG,
  'syslog-ident': LOG,
  'syslog-facility': LOG,
  'crash-log-enabled': LOG,
  unixsocket: ['warning', 'the face listens on TCP only'],
  unixsocketperm: ['warning', 'the face listens on TCP only'],
  aclfile: ['warning', 'the file it names is not read: the face knows one account, `sentinel.user`'],
  'acllog-max-len': ['note', 'there is no ACL log'],
  'acl-pubsub-default': ['note', 'the one account may do all that the face offers'],
  timeout: ['note', 'idle clients are not cut off'],
  'tcp-keepalive': ['note', 'clients are asked every minute whether they are there'],
  'tcp-backlog': PROCESS,
  hz: PROCESS,
  'latency-tracking-info-percentiles': PROCESS,
};
