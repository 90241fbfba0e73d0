/** The order in which people expect names: `db2` before `db10`. Total: only equal texts compare as 0. */
const collator = new Intl.Collator('en', { numeric: true });

export function compareNames(a: string, b: string): number {
  const order = collator.compare(a, b);
  if (order !== 0 || a === b) return order;
  return a < b ? -1 : 1;
}
