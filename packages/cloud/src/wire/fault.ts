/** What is wrong with a request's content, before a service puts it in its own words. */

/** The content cannot be read: not JSON, a string where a number belongs, a date that is none. */
export class MalformedContent extends Error {
  /** Whether the text as a whole could not be parsed, rather than one value. */
  readonly syntax: boolean;
  constructor(message: string, syntax = false) {
    super(message);
    this.syntax = syntax;
  }
}

/** A path into the input, as `tags.1.member.key`; built only when something is wrong. */
export interface Path {
  readonly parent: Path | undefined;
  readonly name: string;
}

/** Members that are required and absent, collected while an input is read. */
export interface Reading {
  readonly missing: { path: string; name: string }[];
}

/** AWS names members in constraint messages with a small first letter, and list members by place. */
export function pathText(path: Path | undefined): string {
  const parts: string[] = [];
  for (let at = path; at; at = at.parent) parts.unshift(at.name[0]!.toLowerCase() + at.name.slice(1));
  return parts.join(".");
}

/** Nested deeper than this no request of AWS's is. */
export const deepest = 200;
