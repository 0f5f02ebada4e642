/**
 * Makes something when it is first asked for, and keeps it.
 *
 * In: a function. Out: the same function, which works once. Why: schemas take milliseconds to build, at each start, and most runs need none of them.
 */
export function lazy<T extends NonNullable<unknown>>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
