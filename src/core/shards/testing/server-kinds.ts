import type { ServerKind } from '../election-cooldown.ts';

const kind = (flavour: ServerKind['flavour'], major: number, minor: number): ServerKind => ({
  flavour,
  version: { text: `${major}.${minor}.0`, major, minor, patch: 0 },
});

export const redis70: ServerKind = kind('redis', 7, 0);
export const redis80: ServerKind = kind('redis', 8, 0);
export const valkey80: ServerKind = kind('valkey', 8, 0);
export const valkey81: ServerKind = kind('valkey', 8, 1);
