/**
 * Keeps what was made of the one thing that was asked about last.
 *
 * In: a function. Out: the same function, which makes nothing anew while it is asked about the same object. Planning one end asks many times about that end and never
 * again about those before; a WeakMap of thousands of ends costs the garbage collector more than it saves.
 */
export function lastOnly<K extends object, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly made: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, made: make(key) };
    return last.made;
  };
}
