/** What a program reads from its environment. */

/** The variables of these names; one error names all that are missing. */
export function settings<Name extends string>(...names: readonly Name[]): Record<Name, string> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set`);
  return Object.fromEntries(names.map((name) => [name, process.env[name]!])) as Record<Name, string>;
}
