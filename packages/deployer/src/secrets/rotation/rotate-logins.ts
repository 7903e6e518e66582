/**
 * The rotation of a database's password while programs go on. Each pair of logins takes turns: the one that nobody uses gets a new
 * password (AWSPENDING), the database learns it, a task logs in with it, it becomes AWSCURRENT, the stack's parameter `CurrentLogin`
 * switches the connection secrets over to it, and the programs roll. The login of before stays as it is until the next rotation,
 * so that no request fails. Every step finds out whether it was done, so an attempt that was killed is gone on with.
 */
import { randomBytes } from "node:crypto";
import type { Program, Rotation, Run, Stack } from "@plinth/compiler";
import type { Aws } from "../../aws.ts";
import { DeployError } from "../../deploy-error.ts";
import { step, type Deployment } from "../../deployment.ts";
import { readNotes } from "../../notes.ts";
import { outputOf } from "../../parameters.ts";
import { changeParameters } from "../../stacks/change-parameters.ts";
import { isStanding, type DeployedStack } from "../../stacks/stack-state.ts";
import { isAdministered, loginSecrets, noteAdministered, readLogin } from "../../tasks/administration.ts";
import { mustSucceed, runTask } from "../../tasks/run-task.ts";
import { rollUsers } from "../roll.ts";
import { beginRotation, type BegunRotation } from "./begun-rotation.ts";
import { logIn } from "./login-task.ts";
import { loginInUse } from "./scheduled.ts";
import { isCurrent, makeCurrent, makePending, newPassword, secretMembers } from "./pending-version.ts";

export interface LoginRotation {
  from: "a" | "b";
  to: "a" | "b";
  programs: string[];
  resumed: boolean;
}

interface BegunLoginRotation extends BegunRotation {
  login: "a" | "b";
  /** The administrations that had nothing to do before: they have nothing to do afterwards, either. */
  administered: string[];
}

export async function rotateLogins(
  deployment: Deployment,
  rotation: Extract<Rotation, { kind: "database" }>,
  users: readonly Program[],
  stacks: Map<string, DeployedStack>,
): Promise<LoginRotation> {
  const { aws, assembly } = deployment;
  const { name } = rotation;
  const runs = assembly.beforeServices.filter((run) => rotation.administrations.includes(run.name));
  const { stack, parameter } = whereSwitched(assembly.stacks, rotation, stacks);
  // Who still runs with the login of two turns ago would be locked out by what comes.
  await rollUsers(deployment, stacks, users);

  const begun = await beginRotation<BegunLoginRotation>(deployment, name, async () => {
    const notes = await readNotes(aws, assembly.app, assembly.stage);
    const administered: string[] = [];
    for (const run of runs) if (await isAdministered(aws, assembly, run, stacks, notes)) administered.push(run.name);
    // Not what the stack says: the clock switches without it.
    return { login: (await loginInUse(aws, rotation, stacks)) === "a" ? "b" : "a", administered };
  });
  const { token, login: to, administered } = begun.rotation;
  const from = to === "a" ? "b" : "a";

  for (const run of runs) {
    const secretId = loginSecrets(run, stacks)[to];
    await step(deployment, "rotation", `${run.name}: new password`, async () => {
      const made = await makePending(aws, secretId, token, async () => ({ password: await newPassword(aws) }));
      return { value: undefined, detail: made ? `of the login ${to}, which nobody uses` : "made before", skipped: !made };
    });
    const done = await isCurrent(aws, secretId, token);
    await step(deployment, "rotation", `${run.name}: login`, async () => {
      if (done) return { value: undefined, detail: "changed before", skipped: true };
      await changePassword(deployment, run, stacks, secretId, token);
      await logIn(deployment, run, stacks, { secretId, version: token });
      await makeCurrent(aws, secretId, token);
      return { value: undefined, detail: "changed in the database, and logged in with" };
    });
    if (done) await makeCurrent(aws, secretId, token); // the last of its calls may not have come through
  }
  for (const run of runs) if (administered.includes(run.name)) await noteAdministered(aws, assembly, run, stacks);

  await step(deployment, "stack", stack.name, async () => {
    const changes = await changeParameters(deployment, stack, { [parameter]: to }, stacks);
    const written = await writeLogins(aws, rotation, runs, to, stacks, token);
    const changed = changes > 0 || written;
    return { value: undefined, detail: changed ? `login ${to}` : "switched before", skipped: !changed };
  });
  const programs = await rollUsers(deployment, stacks, users);
  await begun.end();
  return { from, to, programs, resumed: begun.resumed };
}

/** The stack whose parameter says which login is in use. */
export function whereSwitched(
  all: readonly Stack[],
  { name }: Rotation,
  stacks: ReadonlyMap<string, DeployedStack>,
): { stack: Stack; parameter: string } {
  for (const stack of all) {
    for (const [parameter, source] of Object.entries(stack.parameters)) {
      if (source.from === "login" && source.database === name && isStanding(stacks.get(stack.name))) return { stack, parameter };
    }
  }
  throw new DeployError("not-found", `The database ${name} is not deployed.`, { remedy: "Run plinth deploy first." });
}

/** As a verifier: no clear text reaches the server, its log, or the task's description. */
async function changePassword(
  { aws, time, signal, emit }: Deployment,
  run: Run,
  stacks: ReadonlyMap<string, DeployedStack>,
  secretId: string,
  version: string,
): Promise<void> {
  const { loginSql, scramVerifier } = await import("@plinth/compiler");
  const { username, password } = await readLogin(aws, secretId, version);
  const result = await runTask(aws, time, signal, {
    run,
    stacks,
    env: { SQL: loginSql({ username, verifier: scramVerifier(password, randomBytes(16)) }, run.administration!.owner) },
    onLine: (line) => emit({ type: "log", task: run.name, line }),
    startedBy: "plinth secrets rotate",
  });
  mustSucceed(
    `that changes a password of ${run.name}`,
    result,
    "Programs go on with the login that they have. Correct the cause and rotate again.",
  );
}

/** The clock may have switched back and forth without the stack, which then says so already and changes nothing: the secrets are written here. */
async function writeLogins(
  aws: Aws,
  { connections, name }: Extract<Rotation, { kind: "database" }>,
  runs: readonly Run[],
  to: "a" | "b",
  stacks: ReadonlyMap<string, DeployedStack>,
  token: string,
): Promise<boolean> {
  let written = false;
  for (const [index, connection] of connections.entries()) {
    const SecretId = outputOf(stacks, connection, name);
    const [now, login] = await Promise.all([secretMembers(aws, SecretId), readLogin(aws, loginSecrets(runs[index]!, stacks)[to])]);
    if (now["username"] === login.username && now["password"] === login.password) continue;
    const url = now["url"]!.replace(`${now["username"]}:${now["password"]}@`, `${login.username}:${login.password}@`);
    await makePending(aws, SecretId, token, async () => ({ ...login, url }));
    written = (await makeCurrent(aws, SecretId, token)) || written;
  }
  return written;
}
