/** The two kinds of schema that the core's types need and zod does not have by itself. */
import { z } from 'zod';

/**
 * A name of the core (ServerId, ClusterName, …): any text that is not empty. What has passed has the core's
 * own type; the cast is where that promise is kept.
 */
export function branded<Name extends string>(): z.ZodType<Name, Name> {
  return z.string().min(1) as unknown as z.ZodType<Name, Name>;
}

/** The core's lists are read-only; zod's `.readonly()` would freeze them and mark them so in the OpenAPI. */
export function list<Item extends z.ZodType>(
  item: Item,
): z.ZodType<readonly z.output<Item>[], readonly z.input<Item>[]> {
  return z.array(item);
}
