/** What databases have in common, on RDS and on Aurora: two logins that take turns, and secrets with the whole URL. Source: aws-recipes §2. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { ServerLog } from "./assembly.ts";
import { ownerRole, readerRole } from "./administration-sql.ts";
import { deleted, sub, type Compilation, type Injection, type Target } from "./compilation.ts";
import { generatedSecret, secretMember } from "./generated-secret.ts";
import type { NamedDatabase } from "./inventory.ts";
import { retention } from "./log-group.ts";
import { encrypted } from "./stage-key.ts";
import type { Here, Made, Value } from "./value.ts";

export interface BuiltDatabase extends Target {
  readonly named: NamedDatabase;
  /** The server, as alarms name it: an instance, or a cluster. */
  readonly server: Made;
  /** Where RDS writes its log by itself; none where the app says where, or that it is not written. */
  readonly logGroup: ServerLog["group"] | undefined;
  readonly master: Made;
  readonly logins: Logins;
  /** Logins that read only; where a program names `.readOnly`. */
  readonly readers: Logins | undefined;
  readonly connection: Made;
  /** The same of the logins that read only, where a program names them. */
  readonly readOnlyConnection: Made | undefined;
  readonly database: string;
  readonly major: string;
  /** Where the server itself answers. */
  readonly host: Value;
  readonly port: Value;
}

export interface Logins {
  readonly a: Made;
  readonly b: Made;
}

/** The database made at creation. */
export function databaseName({ app }: Pick<Compilation, "app">, { declared }: NamedDatabase): string {
  return declared.options.database ?? app.replaceAll("-", "_");
}

/** What RDS calls the server: given where its log has a group, which must stand before the server and carries its name. */
export function serverName({ stem }: Pick<Compilation, "stem">, { declared: { options }, kebab }: NamedDatabase): string | undefined {
  return options.name ?? (options.logs ? `${stem}-${kebab}` : undefined);
}

/** Whether the server's log goes to CloudWatch Logs. */
export function exportsLog({ hardened }: Pick<Compilation, "hardened">, { declared }: NamedDatabase): boolean {
  return declared.options.logs !== undefined || hardened.databaseLogs;
}

/**
 * The group of a server's log that the app says nothing of: RDS makes it, under a name that is known when the server stands, and keeps lines for
 * ever; the deployer sees to it that it does not. To make it before would pin the server's name, and what has a pinned name cannot be replaced.
 */
export function unnamedLog(compilation: Compilation, named: NamedDatabase, server: Made): ServerLog["group"] | undefined {
  if (named.declared.options.logs || !exportsLog(compilation, named)) return undefined;
  const kind = named.declared.kind === "aurora" ? "cluster" : "instance";
  return compilation.draft.namedOutput(server, `${named.id}ServerLog`, (here) =>
    sub(`/aws/rds/${kind}/\${Server}/postgresql`, { Server: here.take(server.ref()) }),
  );
}

/** How long lines of such a group are kept. */
export const serverLogDays = 30;

/** What stays of them when the stage is destroyed. */
export function serverLogRemains(all: readonly ServerLog[]): string[] {
  return all.map(({ name, retainDays }) => `the log of the server of ${name} in CloudWatch Logs, line by line for ${retainDays} days`);
}

/** The group that the server's log goes to; made before the server, which else would make one that keeps lines for ever. */
export function buildServerLog(compilation: Compilation, named: NamedDatabase, kind: "instance" | "cluster"): Made | undefined {
  const { logs } = named.declared.options;
  if (!logs) return undefined;
  const { override: _, ...origin } = compilation.origin(named);
  return compilation.draft.add("storage", `${named.id}LogGroup`, origin, (here) => ({
    Type: "AWS::Logs::LogGroup",
    ...deleted,
    Properties: {
      LogGroupName: `/aws/rds/${kind}/${serverName(compilation, named)}/postgresql`,
      ...retention(logs.retain),
      ...encrypted(here, compilation.key),
    },
  }));
}

/** Whether a program names the URL of the login that reads only. */
export function wantsReaders({ programs }: Pick<Compilation, "programs">, declared: AnyDeclared): boolean {
  return programs.some((program) =>
    [...program.uses, ...program.env.flatMap((entry) => ("reference" in entry ? [entry.reference] : []))].some(
      ({ to, facet }) => to === declared && facet === "readOnly",
    ),
  );
}

export interface DatabaseLogins {
  readonly master: Made;
  readonly logins: Logins;
  readonly readers: Logins | undefined;
}

export function buildLogins(compilation: Compilation, named: NamedDatabase): DatabaseLogins {
  const { stem } = compilation;
  const { id, key, declared } = named;
  const origin = compilation.origin(named);
  const login = (part: string, username: string, description: string, name?: string): Made =>
    generatedSecret(compilation, `${id}${part}`, origin, {
      description: `${stem} ${key}: ${description}`,
      username,
      member: "password",
      name,
    });
  return {
    master: login("Master", "plinth", "the administrator", declared.options.secrets?.password),
    logins: {
      a: login("LoginA", `${ownerRole}_a`, "one of two logins that take turns"),
      b: login("LoginB", `${ownerRole}_b`, "one of two logins that take turns"),
    },
    readers: wantsReaders(compilation, declared)
      ? {
          a: login("ReaderA", `${readerRole}_a`, "one of two logins that read only"),
          b: login("ReaderB", `${readerRole}_b`, "one of two logins that read only"),
        }
      : undefined,
  };
}

/** Where programs connect to. */
export interface Address {
  readonly host: Value;
  readonly port: Value | number;
}

/** The secrets with the whole URL, and what they offer to programs. */
export function buildConnections(
  compilation: Compilation,
  named: NamedDatabase,
  { logins, readers }: DatabaseLogins,
  { address, readOnly }: { address: Address; readOnly: Address },
): Target & Pick<BuiltDatabase, "connection" | "readOnlyConnection"> {
  const { draft, stem } = compilation;
  const { id, key, declared } = named;
  const database = databaseName(compilation, named);
  const secret = (part: string, pair: Logins, at: Address, description: string): Made =>
    draft.add("database", `${id}${part}`, { ...compilation.origin(named), ...(part === "Connection" && { part }) }, (here) => ({
      Type: "AWS::SecretsManager::Secret",
      ...deleted,
      Properties: {
        Name: part === "Connection" ? declared.options.secrets?.connection : undefined,
        Description: `${stem} ${key}: ${description}`,
        ...encrypted(here, compilation.key),
        SecretString: connectionText(here, id, key, { address: at, pair, database }) as string,
      },
    }));
  const connection = secret("Connection", logins, address, "how programs connect");
  const reading = readers && secret("ReadOnlyConnection", readers, readOnly, "how programs that only read connect");

  const member = (made: Made, name: string): Injection => ({
    kind: "secret",
    valueFrom: (here) => sub(`\${Secret}:${name}::`, { Secret: here.take(made.ref()) }),
    grant: { actions: ["secretsmanager:GetSecretValue"], resources: (here) => [here.take(made.ref())], key: compilation.key },
    connection: made.ref(),
  });
  const members: Record<string, string> = { host: "host", port: "port", user: "username", password: "password", database: "dbname" };
  return {
    connection,
    readOnlyConnection: reading,
    open(facet) {
      if (facet === "host") return (here) => here.take(address.host);
      if (facet === "port") return (here) => portOf(here, address);
      return facet === "database" ? () => database : undefined;
    },
    inject(facet) {
      if (facet === "readOnly") return member(reading!, "url");
      return member(connection, facet === undefined ? "url" : members[facet]!);
    },
  };
}

function portOf(here: Here, { port }: Address): unknown {
  return typeof port === "number" ? String(port) : here.take(port);
}

/** The secret's text: every part of the connection, and the whole URL, of the login that is in use. */
function connectionText(
  here: Here,
  id: string,
  key: string,
  { address, pair, database }: { address: Address; pair: Logins; database: string },
): unknown {
  const current: Value = {
    kind: "source",
    name: `${id}CurrentLogin`,
    parameter: { Type: "String", AllowedValues: ["a", "b"], Default: "a", Description: "Which of the two logins programs use" },
    source: { from: "login", database: key },
  };
  const usesA = here.condition(`${id}UsesA`, { "Fn::Equals": [here.take(current), "a"] });
  const username = secretMember("Login", "username");
  const password = secretMember("Login", "password");
  const text = [
    `{"engine":"postgres","host":"\${Host}","port":\${Port},"dbname":"${database}"`,
    `"username":"${username}","password":"${password}"`,
    `"url":"postgresql://${username}:${password}@\${Host}:\${Port}/${database}?sslmode=require"}`,
  ].join(",");
  return sub(text, {
    Host: here.take(address.host),
    Port: portOf(here, address),
    Login: { "Fn::If": [usesA, here.take(pair.a.ref()), here.take(pair.b.ref())] },
  });
}
