/** What CLIENT LIST says, as far as it is asked for. */

export interface ListedClient {
  readonly id: number;
  readonly name: string;
  /** `link`: to a replica, or to its source. */
  readonly kind: 'client' | 'link';
}

export function clientsOf(text: string): readonly ListedClient[] {
  return text.split('\n').flatMap((line) => {
    const fields = new Map(
      line
        .trim()
        .split(' ')
        .map((field) => {
          const at = field.indexOf('=');
          return [field.slice(0, at), field.slice(at + 1)] as const;
        }),
    );
    const id = Number(fields.get('id'));
    if (!fields.has('id') || !Number.isInteger(id)) return [];
    // S: a replica; M: the source; O: a monitor counts as a client.
    const kind = /[SM]/.test(fields.get('flags') ?? '') ? 'link' : 'client';
    return [{ id, name: fields.get('name') ?? '', kind }];
  });
}
