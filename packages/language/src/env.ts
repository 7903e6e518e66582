/** What may stand in a program's environment, in `uses` and in `text`. */
import type { AnyDeclared } from "./declaration.ts";

/** Says, as a sentence, whether a value may stand in `env`. A type only: nothing is kept below it. */
export declare const standsInEnv: unique symbol;
/** Says, as a sentence, whether a value may stand in `uses`. A type only. */
export declare const standsInUses: unique symbol;
/** Says, as a sentence, whether a value may stand in `text`. A type only. */
export declare const standsInText: unique symbol;

/** Says, as a sentence, whether a load balancer may send requests to it. A type only. */
export declare const standsInRoutes: unique symbol;

/** Says, as a sentence, whether programs can mount it. A type only. */
export declare const standsInMounts: unique symbol;

/** Says, as a sentence, whether everybody may read it in a browser (`NEXT_PUBLIC_…`). A type only. */
export declare const standsInBrowser: unique symbol;

/** A value that a variable can hold: a resource stands for its URL, a secret for its value. */
export interface Envable {
  readonly [standsInEnv]: "may stand in env";
}

/** Something that a program reaches without a variable. */
export interface Usable {
  readonly [standsInUses]: "may stand in uses";
}

/** Something whose value is open and known after the deploy. */
export interface Textable {
  readonly [standsInText]: "may stand in text";
}

/** Files that programs can mount. */
export interface Mountable {
  readonly [standsInMounts]: "is mounted";
}

/** Something that everybody may read in a browser. */
export interface Browsable {
  readonly [standsInBrowser]: "may reach the browser";
}

/** The value of an environment variable; `undefined` leaves the variable out (in this stage). */
export type EnvValue = string | number | boolean | undefined | Envable;

/**
 * A program's environment: what it names, it can reach. Network path, permission, secret and order of deployment follow from it.
 * Names are letters, digits and `_`, and do not begin with a digit.
 */
export type Env = Readonly<Record<string, EnvValue>>;

/** A facet of a database or cache that is part of its secret: it may stand in `env`, and where it is open in `text`. */
export interface OpenFacet {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a single value cannot stand in uses: name the resource itself";
  readonly [standsInText]: "may stand in text";
  readonly [standsInBrowser]: "nobody outside reaches it: a browser has no use for it";
}

/** A facet that must not be seen. */
export interface SecretFacet {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a single value cannot stand in uses: name the resource itself";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** A use of a queue, a topic, a bucket: where it is, and the permission. */
export interface UseFacet {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a permission cannot stand in text: name it in uses";
  readonly [standsInBrowser]: "a browser has no permissions: give them to the program";
}

/** The URL of a login that reads only. */
export interface ReadOnlyFacet {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Checks at run time what the types say, for files that were not type-checked: the sentence of refusal, or `undefined`. */
export function refusedInEnv(of: AnyDeclared): string | undefined {
  switch (of.kind) {
    case "image":
      return "an image cannot stand in env: name the program that runs it";
    case "task":
      return "a task cannot stand in env: nobody can call it";
    case "vpc":
      return "a vpc cannot stand in env: every program is in it";
    case "alarms":
      return "alarms cannot stand in env: they watch everything by themselves";
    case "service":
      return of.options.port === undefined ? "this service has no port: nobody can call it" : undefined;
    case "aws":
      return "an aws resource needs a use in env: .allow(…), .ref or .attribute(…)";
    case "existing":
      return of.options.type === "vpc"
        ? "a vpc cannot stand in env: every program is in it"
        : of.options.type === "bucket"
          ? "a bucket needs a use: .read, .write or .readWrite"
          : undefined;
    case "bucket":
      return "a bucket needs a use: .read, .write or .readWrite";
    case "queue":
      return "a queue needs a use: .send, .consume or .sendAndConsume";
    case "topic":
      return "a topic needs a use: .publish";
    case "fileSystem":
      return 'a fileSystem cannot stand in env: it is mounted, mounts: { "/path": files }';
    case "appRunner":
    case "aurora":
    case "loadBalancer":
    case "postgres":
    case "redis":
    case "secret":
    case "setting":
      return undefined;
  }
}

/** Checks at run time what the types say of `NEXT_PUBLIC_…`: the sentence of refusal, or `undefined`. */
export function refusedInBrowser(of: AnyDeclared, facet: string | undefined): string | undefined {
  if (of.kind === "setting" || of.kind === "loadBalancer" || of.kind === "appRunner") return undefined;
  if (of.kind === "service") {
    return of.options.entrance ? undefined : "nobody outside reaches this service: name a loadBalancer, an appRunner or a nextjs";
  }
  if (of.kind === "bucket" || of.kind === "queue" || of.kind === "topic") return "a browser has no permissions: give them to the program";
  if (of.kind === "existing" && of.options.type === "bucket") return "a browser has no permissions: give them to the program";
  if (of.kind === "aws") return facet === "allow" ? "a browser has no permissions: give them to the program" : undefined;
  if (facet === "host" || facet === "port" || facet === "database") return "nobody outside reaches it: a browser has no use for it";
  return "a secret must not reach the browser";
}
