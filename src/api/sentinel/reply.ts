/** Replies as values: what they mean, apart from how either version of the protocol writes them. */

export type Reply =
  | { readonly kind: 'simple'; readonly text: string }
  /** `text` begins with its code: `ERR …`, `NOAUTH …`. */
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'bulk'; readonly text: string }
  /** RESP2 has two nulls, and clients tell them apart: this one stands where a text would. */
  | { readonly kind: 'null' }
  /** This one stands where an array would. */
  | { readonly kind: 'null-array' }
  | { readonly kind: 'array'; readonly items: readonly Reply[] }
  /** In RESP2 a flat array of keys and values. */
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Reply])[] }
  /** Out of band: a message of a channel, or the answer to a subscription. In RESP2 an array like any other. */
  | { readonly kind: 'push'; readonly items: readonly Reply[] };

export const ok: Reply = { kind: 'simple', text: 'OK' };
export const none: Reply = { kind: 'null' };
export const noArray: Reply = { kind: 'null-array' };

export const simple = (text: string): Reply => ({ kind: 'simple', text });
export const error = (text: string): Reply => ({ kind: 'error', text });
export const integer = (value: number): Reply => ({ kind: 'integer', value });
export const bulk = (text: string): Reply => ({ kind: 'bulk', text });
export const array = (items: readonly Reply[]): Reply => ({ kind: 'array', items });
export const texts = (items: readonly string[]): Reply => array(items.map(bulk));
export const push = (items: readonly Reply[]): Reply => ({ kind: 'push', items });
export const map = (entries: readonly (readonly [string, Reply])[]): Reply => ({ kind: 'map', entries });

/** Every value a text, numbers too: so Sentinel gives the properties of an instance. */
export const properties = (entries: readonly (readonly [string, string | number])[]): Reply =>
  map(entries.map(([key, value]) => [key, bulk(String(value))]));
