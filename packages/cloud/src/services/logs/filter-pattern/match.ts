/** What a filter pattern says of a message. */

/** What an event gave to a pattern that it matched, by `$.path` or `$column`. */
export type Extracted = ReadonlyMap<string, string>;

/** The values that a matching message gives, or `undefined` when it does not match. */
export type FilterPattern = (message: string) => Extracted | undefined;

export const nothingExtracted: Extracted = new Map();
