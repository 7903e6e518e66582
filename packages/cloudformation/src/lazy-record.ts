/** A map whose members are made when they are first asked for: who prices or checks a large system looks at few properties of most resources. */

/**
 * @param make a member's value, from what stands in `source`; a member for which it answers `undefined` or a symbol is not there
 */
export function lazyRecord(
  source: Readonly<Record<string, unknown>>,
  make: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = {};
  const valueOf = (key: string | symbol): unknown => {
    if (typeof key !== "string" || !Object.hasOwn(source, key)) return undefined;
    if (Object.hasOwn(made, key)) return made[key];
    const value = make(source[key]);
    return (made[key] = typeof value === "symbol" ? undefined : value);
  };
  return new Proxy(made, {
    get: (_, key) => valueOf(key),
    has: (_, key) => valueOf(key) !== undefined,
    ownKeys: () => Object.keys(source).filter((key) => valueOf(key) !== undefined),
    getOwnPropertyDescriptor(_, key) {
      const value = valueOf(key);
      return value === undefined ? undefined : { configurable: true, enumerable: true, writable: true, value };
    },
  });
}
