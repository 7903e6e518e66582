/** Logins and extensions of a database, made by a task inside its network; only again when something of it has changed. */
import { createHash, randomBytes } from "node:crypto";
import type { Assembly, Run } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { writeNote, type Notes } from "../notes.ts";
import { outputOf } from "../parameters.ts";
import { currentSecretVersion } from "../secrets/slots.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { mustSucceed, runTask } from "./run-task.ts";

/** @returns whether it had to be run. */
export async function administerDatabase(
  deployment: Deployment,
  run: Run,
  stacks: ReadonlyMap<string, DeployedStack>,
  notes: Notes,
): Promise<boolean> {
  const { aws, assembly, time, signal, emit } = deployment;
  const { administration } = run;
  if (!administration) throw new Error(`${run.name} says nothing about its database`);
  const secretIds = loginSecrets(run, stacks);
  const state = await administeredState(aws, assembly, run, stacks);
  const note = administrationNote(run);
  if (notes.get(note) === state) return false;

  const { administrationSql, scramVerifier } = await import("@plinth/compiler");
  const [a, b] = await Promise.all([readLogin(aws, secretIds.a), readLogin(aws, secretIds.b)]);
  const verified = ({ username, password }: Login) => ({ username, verifier: scramVerifier(password, randomBytes(16)) });
  const sql = administrationSql({
    owner: administration.owner,
    database: administration.database,
    extensions: administration.extensions,
    logins: { a: verified(a), b: verified(b) },
  });
  const onLine = (line: string) => emit({ type: "log", task: run.name, line });
  const result = await runTask(aws, time, signal, { run, stacks, env: { SQL: sql }, onLine, startedBy: "plinth deploy" });
  mustSucceed(run.name, result, "No service has changed. Correct the cause and deploy again.");
  await deployment.confirmLease?.();
  await writeNote(aws, assembly.app, assembly.stage, note, state);
  return true;
}

/** What is noted of an administration that has run. */
const administrationNote = ({ name }: Run) => `administration/${name}`;

/** The secrets of the two logins that a run administers. */
export function loginSecrets({ name, administration }: Run, stacks: ReadonlyMap<string, DeployedStack>): Record<"a" | "b", string> {
  const { a, b } = administration!.logins;
  return { a: outputOf(stacks, a, name), b: outputOf(stacks, b, name) };
}

/** A hash over what the run puts into the database: when it is the one that is noted, nothing has to be run. */
async function administeredState(aws: Aws, assembly: Assembly, run: Run, stacks: ReadonlyMap<string, DeployedStack>): Promise<string> {
  const secretIds = loginSecrets(run, stacks);
  const versions = await Promise.all([currentSecretVersion(aws, secretIds.a), currentSecretVersion(aws, secretIds.b)]);
  return createHash("sha256")
    .update(JSON.stringify([run.administration, secretIds, versions.map((one) => one?.version), databaseIdentities(assembly, stacks)]))
    .digest("hex");
}

/** Whether the database has what the run is to put into it. */
export async function isAdministered(
  aws: Aws,
  assembly: Assembly,
  run: Run,
  stacks: ReadonlyMap<string, DeployedStack>,
  notes: Notes,
): Promise<boolean> {
  return notes.get(administrationNote(run)) === (await administeredState(aws, assembly, run, stacks));
}

/** Notes that it has what the secrets hold now: who changed them has changed the database alike. */
export async function noteAdministered(aws: Aws, assembly: Assembly, run: Run, stacks: ReadonlyMap<string, DeployedStack>): Promise<void> {
  await writeNote(aws, assembly.app, assembly.stage, administrationNote(run), await administeredState(aws, assembly, run, stacks));
}

/** A database that was deleted and made again is another, though all its names are the same; so is one that took its place. */
export function databaseIdentities({ stacks, beforeServices }: Assembly, deployed: ReadonlyMap<string, DeployedStack>): string[] {
  const hosts = beforeServices.flatMap(({ administration }) => administration?.host ?? []);
  return [
    ...stacks.filter(({ layer }) => layer === "database").map(({ name }) => deployed.get(name)?.id ?? ""),
    ...hosts.map(({ stack, output }) => deployed.get(stack)?.outputs[output] ?? ""),
  ];
}

export interface Login {
  username: string;
  password: string;
}

/** @param VersionId default: the version that is current. @throws DeployError `task-failed` when it holds no login. */
export async function readLogin(aws: Aws, SecretId: string, VersionId?: string): Promise<Login> {
  const { SecretString = "" } = await aws.call("secretsmanager", "GetSecretValue", { SecretId, ...(VersionId && { VersionId }) });
  const login = JSON.parse(SecretString) as Partial<Login>;
  if (typeof login.username === "string" && typeof login.password === "string") return login as Login;
  throw new DeployError("task-failed", `The secret ${SecretId} holds no login: it needs "username" and "password".`);
}
