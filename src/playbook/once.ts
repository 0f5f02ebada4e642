/**
 * Makes something of an object once and keeps it as long as the object is there.
 *
 * In: a function. Out: the same function, which makes nothing anew for an object that it has seen.
 */
export function onceFor<K extends object, V extends NonNullable<unknown>>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
