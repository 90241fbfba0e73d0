/** Type equality for schema checks. Mutual assignability would not do: it lets a forgotten optional field pass. */
type Plain<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : { -readonly [Key in keyof T]: Plain<T[Key]> };

/** `true` when both have the same fields, optional ones too, all the way down; `readonly` is left out of account. */
export type Exactly<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
