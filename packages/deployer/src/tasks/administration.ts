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
  const secretIds = { a: outputOf(stacks, administration.logins.a, run.name), b: outputOf(stacks, administration.logins.b, run.name) };
  const versions = await Promise.all([currentSecretVersion(aws, secretIds.a), currentSecretVersion(aws, secretIds.b)]);
  const state = createHash("sha256")
    .update(JSON.stringify([administration, secretIds, versions.map((one) => one?.version), databaseIdentities(assembly, stacks)]))
    .digest("hex");
  const note = `administration/${run.name}`;
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

/** A database that was deleted and made again is another, though all its names are the same; so is one that took its place. */
export function databaseIdentities({ stacks, beforeServices }: Assembly, deployed: ReadonlyMap<string, DeployedStack>): string[] {
  const hosts = beforeServices.flatMap(({ administration }) => administration?.host ?? []);
  return [
    ...stacks.filter(({ layer }) => layer === "database").map(({ name }) => deployed.get(name)?.id ?? ""),
    ...hosts.map(({ stack, output }) => deployed.get(stack)?.outputs[output] ?? ""),
  ];
}

interface Login {
  username: string;
  password: string;
}

async function readLogin(aws: Aws, SecretId: string): Promise<Login> {
  const { SecretString = "" } = await aws.call("secretsmanager", "GetSecretValue", { SecretId });
  const login = JSON.parse(SecretString) as Partial<Login>;
  if (typeof login.username === "string" && typeof login.password === "string") return login as Login;
  throw new DeployError("task-failed", `The secret ${SecretId} holds no login: it needs "username" and "password".`);
}
