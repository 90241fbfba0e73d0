/** The text that INFO answers, as a table. */

export type Info = ReadonlyMap<string, string>;

export function parseInfo(text: string): Info {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

export function infoNumber(info: Info, field: string): number | undefined {
  const value = Number(info.get(field));
  return info.has(field) && Number.isFinite(value) ? value : undefined;
}
