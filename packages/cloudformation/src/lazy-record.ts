/** A map whose members are made when they are first asked for: who prices or checks a large system looks at few properties of most resources. */

type Members = Readonly<Record<string, unknown>>;

/**
 * @param make a member's value, from what stands in `source`; a member for which it answers `undefined` or a symbol is not there
 */
export function lazyRecord(source: Members, make: (value: unknown) => unknown): Members {
  return new Proxy(new Lazy(source, make), answers) as unknown as Members;
}

class Lazy {
  readonly source: Members;
  readonly make: (value: unknown) => unknown;
  made: Record<string, unknown> | undefined;
  constructor(source: Members, make: (value: unknown) => unknown) {
    this.source = source;
    this.make = make;
    this.made = undefined;
    // Its own members are none of the map's: as they can be taken away, a proxy need not show them.
  }
}

function member(lazy: Lazy, key: string | symbol): unknown {
  if (typeof key !== "string" || !Object.hasOwn(lazy.source, key)) return undefined;
  const written = lazy.source[key];
  // Most values of a template are plain text or numbers, which stand for themselves.
  if (typeof written !== "object" || written === null) return written;
  const made = (lazy.made ??= {});
  if (Object.hasOwn(made, key)) return made[key];
  const value = lazy.make(written);
  return (made[key] = typeof value === "symbol" ? undefined : value);
}

/** One for all of them: large systems have thousands. */
const answers: ProxyHandler<Lazy> = {
  get: member,
  has: (lazy, key) => member(lazy, key) !== undefined,
  ownKeys: (lazy) => Object.keys(lazy.source).filter((key) => member(lazy, key) !== undefined),
  getOwnPropertyDescriptor(lazy, key) {
    const value = member(lazy, key);
    return value === undefined ? undefined : { configurable: true, enumerable: true, writable: true, value };
  },
};
