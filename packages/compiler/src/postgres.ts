/** PostgreSQL on RDS: two logins that take turns, the server, and secrets with the whole URL. Source: aws-recipes §2. */
import type { Declared } from "@plinth/language/reading";
import { ownerRole, readerRole } from "./administration-sql.ts";
import { deleted, fateOfData, sub, type Compilation, type Injection, type Target } from "./compilation.ts";
import { postgresMinor } from "./engine-versions.ts";
import { generatedSecret, secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { postgresPort, type SecurityGroups } from "./security-groups.ts";
import type { Here, Made, Value } from "./value.ts";

export interface BuiltPostgres extends Target {
  readonly named: Named<"postgres">;
  readonly instance: Made;
  readonly master: Made;
  readonly logins: Logins;
  /** Logins that read only; where a program names `.readOnly`. */
  readonly readers: Logins | undefined;
  readonly connection: Made;
  readonly database: string;
  readonly major: string;
  readonly host: Value;
  readonly port: Value;
}

export interface Logins {
  readonly a: Made;
  readonly b: Made;
}

/** The database made at creation. */
function databaseName(app: string, { database }: Declared<"postgres">["options"]): string {
  return database ?? app.replaceAll("-", "_");
}

export function buildPostgres(compilation: Compilation, named: Named<"postgres">, network: Network, groups: SecurityGroups): BuiltPostgres {
  const { draft, stem, production, programs } = compilation;
  const { id, key } = named;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const fate = fateOfData(compilation);
  const major = options.version ?? "17";
  const database = databaseName(compilation.app, options);

  const login = (part: string, username: string, description: string): Made =>
    generatedSecret(compilation, `${id}${part}`, origin, { description: `${stem} ${key}: ${description}`, username, member: "password" });
  const master = login("Master", "plinth", "the administrator");
  const logins = {
    a: login("LoginA", `${ownerRole}_a`, "one of two logins that take turns"),
    b: login("LoginB", `${ownerRole}_b`, "one of two logins that take turns"),
  };
  const wantsReaders = programs.some((program) =>
    [...program.uses, ...program.env.flatMap((entry) => ("reference" in entry ? [entry.reference] : []))].some(
      ({ to, facet }) => to === named.declared && facet === "readOnly",
    ),
  );
  const readers = wantsReaders
    ? {
        a: login("ReaderA", `${readerRole}_a`, "one of two logins that read only"),
        b: login("ReaderB", `${readerRole}_b`, "one of two logins that read only"),
      }
    : undefined;

  const subnetGroup = draft.add("database", `${id}SubnetGroup`, { ...origin, part: "DBSubnetGroup" }, (here) => ({
    Type: "AWS::RDS::DBSubnetGroup",
    Properties: {
      DBSubnetGroupDescription: `${stem} ${key}`,
      SubnetIds: network.databaseSubnets.map((subnet) => here.take(subnet)),
    },
  }));
  const parameterGroup = draft.add("database", `${id}Parameters`, { ...origin, part: "DBParameterGroup" }, () => ({
    Type: "AWS::RDS::DBParameterGroup",
    Properties: {
      Description: `${stem} ${key}`,
      Family: `postgres${major}`,
      Parameters: {
        "rds.force_ssl": "1",
        ...Object.fromEntries(Object.entries(options.parameters ?? {}).map(([name, value]) => [name, String(value)])),
      },
    },
  }));
  const instance = draft.add("database", id, { ...origin, part: "DBInstance" }, (here) => ({
    Type: "AWS::RDS::DBInstance",
    ...fate.snapshot,
    Properties: {
      DBInstanceIdentifier: options.name,
      Engine: "postgres",
      EngineVersion: postgresMinor[major],
      DBInstanceClass: options.instance ?? "db.t4g.micro",
      AllocatedStorage: String(options.storage ?? 20),
      MaxAllocatedStorage: options.maxStorage,
      StorageType: "gp3",
      StorageEncrypted: true,
      MultiAZ: options.multiAz ?? false,
      PubliclyAccessible: false,
      DBName: database,
      Port: String(postgresPort),
      MasterUsername: sub(secretMember("Master", "username"), { Master: here.take(master.ref()) }) as string,
      MasterUserPassword: sub(secretMember("Master", "password"), { Master: here.take(master.ref()) }) as string,
      DBSubnetGroupName: here.take(subnetGroup.ref()),
      DBParameterGroupName: here.take(parameterGroup.ref()),
      VPCSecurityGroups: [here.take(groups.of(named.declared))],
      BackupRetentionPeriod: Number.parseInt(options.backup?.retain ?? "7 days", 10),
      CopyTagsToSnapshot: true,
      AutoMinorVersionUpgrade: true,
      DeletionProtection: options.protect ?? production,
      // Read by the embedded cloud, which picks a server that has them; on AWS it says what the database is for.
      ...(options.extensions?.length && { Tags: [{ Key: "plinth:extensions", Value: options.extensions.join(" ") }] }),
    },
  }));
  draft.add("database", `${id}MasterAttachment`, origin, (here) => ({
    Type: "AWS::SecretsManager::SecretTargetAttachment",
    Properties: { SecretId: here.take(master.ref()), TargetId: here.take(instance.ref()), TargetType: "AWS::RDS::DBInstance" },
  }));

  const connectionSecret = (part: string, pair: Logins, description: string): Made =>
    draft.add("database", `${id}${part}`, { ...origin, ...(part === "Connection" && { part }) }, (here) => ({
      Type: "AWS::SecretsManager::Secret",
      ...deleted,
      Properties: {
        Description: `${stem} ${key}: ${description}`,
        SecretString: connectionText(here, id, key, { instance, pair, database }) as string,
      },
    }));
  const connection = connectionSecret("Connection", logins, "how programs connect");
  const readOnly = readers && connectionSecret("ReadOnlyConnection", readers, "how programs that only read connect");

  const member = (made: Made, name: string): Injection => ({
    kind: "secret",
    valueFrom: (here) => sub(`\${Secret}:${name}::`, { Secret: here.take(made.ref()) }),
    grant: { actions: ["secretsmanager:GetSecretValue"], resources: (here) => [here.take(made.ref())] },
    connection: made.ref(),
  });
  const members: Record<string, string> = { host: "host", port: "port", user: "username", password: "password", database: "dbname" };
  return {
    named,
    instance,
    master,
    logins,
    readers,
    connection,
    database,
    major,
    host: instance.attribute("Endpoint.Address"),
    port: instance.attribute("Endpoint.Port"),
    open(facet) {
      if (facet === "host") return (here) => here.take(instance.attribute("Endpoint.Address"));
      if (facet === "port") return (here) => here.take(instance.attribute("Endpoint.Port"));
      return facet === "database" ? () => database : undefined;
    },
    inject(facet) {
      if (facet === "readOnly") return member(readOnly!, "url");
      return member(connection, facet === undefined ? "url" : members[facet]!);
    },
  };
}

/** The secret's text: every part of the connection, and the whole URL, of the login that is in use. */
function connectionText(
  here: Here,
  id: string,
  key: string,
  { instance, pair, database }: { instance: Made; pair: Logins; database: string },
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
    Host: here.take(instance.attribute("Endpoint.Address")),
    Port: here.take(instance.attribute("Endpoint.Port")),
    Login: { "Fn::If": [usesA, here.take(pair.a.ref()), here.take(pair.b.ref())] },
  });
}
