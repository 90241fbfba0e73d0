/** One statement on its way through a model server. */
import type { Address } from '../core/identity.ts';
import type { NetworkModel } from './network-model.ts';
import type { ServerModel } from './server-model.ts';
import type { ServerSession } from './server-session.ts';

export type ModelRow = Readonly<Record<string, string | null>>;

export type Reply =
  | { readonly ok: true; readonly sets: readonly (readonly ModelRow[])[] }
  | { readonly ok: false; readonly errno: number; readonly message: string };

export interface Neighbourhood {
  readonly network: NetworkModel;
  readonly find: (address: Address) => ServerModel | undefined;
}

export interface Statement {
  readonly server: ServerModel;
  readonly session: ServerSession;
  readonly words: readonly string[];
  readonly text: string;
  readonly near: Neighbourhood;
  done(rows?: readonly ModelRow[]): void;
  fail(errno: number, message: string): void;
}
