/** A certificate of the cluster's own authority, with its key: what controller and agent show each other. */
export interface Credentials {
  /** PEM, all three. */
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
}

/** An agent's certificate opens no other agent: each side asks for the other's role. */
export type Role = 'controller' | 'agent';

/** As it stands among a certificate's names (SPIFFE's form). */
export const roleUri = (role: Role): string => `spiffe://dauphin/${role}`;

/** `names` as Node prints a certificate's: `DNS:db1, IP Address:10.0.0.1, URI:…`. */
export function hasRole(names: string | undefined, role: Role): boolean {
  return names?.split(', ').includes(`URI:${roleUri(role)}`) ?? false;
}
