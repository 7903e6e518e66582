/**
 * The function that rotates the login of a database or the token of a cache when Secrets Manager asks it to. It has four steps; each
 * finds out whether it was done, since any may be called again. What it does is what `plinth secrets rotate` does:
 *
 * - Before the first change every task must run with the value that is current: who had the one of two turns ago would be locked out.
 * - A login's new password is current in its own secret before the database has it. Nobody uses that login, and whoever administers
 *   the database meanwhile then sets the same one.
 * - The value of before stays valid until the next turn, so no request fails while programs roll.
 *
 * A version that it has made carries the label `plinth/MILLISECONDS/VERSION`: since when it is current, and the version, made by a
 * template, from which it descends. By that a deploy knows that programs need not roll for it.
 * Source: Secrets Manager User Guide, "Lambda rotation functions".
 */
const shared = `const { createHash, createHmac, pbkdf2Sync, randomInt } = require("node:crypto");
const { SecretsManager } = require("@aws-sdk/client-secrets-manager");
const { ECS } = require("@aws-sdk/client-ecs");
const secrets = new SecretsManager(), ecs = new ECS();
const { CLUSTER: cluster, ROTATES } = process.env;
const rotates = JSON.parse(ROTATES);
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const newPassword = () => Array.from({ length: 40 }, () => letters[randomInt(letters.length)]).join("");

async function valueOf(SecretId, VersionId) {
  try {
    return JSON.parse((await secrets.getSecretValue({ SecretId, ...(VersionId && { VersionId }) })).SecretString);
  } catch (error) {
    if (error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

async function put(SecretId, ClientRequestToken, value, VersionStages) {
  await secrets.putSecretValue({ SecretId, ClientRequestToken, SecretString: JSON.stringify(value), VersionStages });
}

async function until(done, context) {
  for (let pauseMs = 200; ; pauseMs = Math.min(5000, pauseMs * 1.5)) {
    const waitsFor = await done();
    if (!waitsFor) return;
    if (context.getRemainingTimeInMillis() < 30000) throw new Error(waitsFor);
    await new Promise((resume) => setTimeout(resume, pauseMs));
  }
}

const madeHere = (labels = []) => labels.find((label) => label.startsWith("plinth/"));

/** Since when the version is current. */
async function currentSince(SecretId, stages, id) {
  const label = madeHere(stages[id]);
  if (label) return Number(label.split("/")[1]);
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId });
  return Versions.find(({ VersionId }) => VersionId === id)?.CreatedDate?.getTime() ?? 0;
}

/** The names of those whose tasks began before that, and may have the value of before. */
async function behind(options, since) {
  let nextToken;
  do {
    const page = await ecs.listTasks({ cluster, ...options, desiredStatus: "RUNNING", nextToken });
    nextToken = page.nextToken;
    if (!page.taskArns?.length) continue;
    const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: page.taskArns });
    if (tasks.some(({ createdAt }) => !createdAt || createdAt.getTime() < since)) return true;
  } while (nextToken);
  return false;
}

/** Rolls the services that are behind, and waits until nobody is. */
async function roll({ services, tasks }, since, context) {
  const rolled = new Set();
  await until(async () => {
    const late = [];
    for (const serviceName of services) {
      if (!(await behind({ serviceName }, since))) continue;
      late.push(serviceName);
      if (rolled.has(serviceName)) continue;
      rolled.add(serviceName);
      const { services: [service] = [] } = await ecs.describeServices({ cluster, services: [serviceName] });
      const primary = service?.deployments?.find(({ status }) => status === "PRIMARY");
      if (primary?.createdAt && primary.createdAt.getTime() >= since) continue;
      await ecs.updateService({ cluster, service: serviceName, forceNewDeployment: true });
      console.log("rolls", serviceName);
    }
    for (const family of tasks) if (await behind({ family }, since)) late.push(family);
    return late.length > 0 && late.join(", ") + " still has tasks that began before the last change";
  }, context);
}

async function finishSecret({ SecretId, token, stages, current, one, context }) {
  const before = current === token ? Object.keys(stages).find((id) => stages[id].includes("AWSPREVIOUS")) : current;
  if (current !== token) {
    await secrets.updateSecretVersionStage({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: token, RemoveFromVersionId: current });
  }
  let label = madeHere(stages[token]);
  if (!label) {
    const old = before && madeHere(stages[before]);
    // Not by the clock of this function: tasks are compared with it.
    const { LastChangedDate } = await secrets.describeSecret({ SecretId });
    label = ["plinth", LastChangedDate.getTime(), old ? old.split("/")[2] : before].join("/");
    await secrets.updateSecretVersionStage({ SecretId, VersionStage: label, MoveToVersionId: token });
    if (old) await secrets.updateSecretVersionStage({ SecretId, VersionStage: old, RemoveFromVersionId: before });
  }
  await roll(one, Number(label.split("/")[1]), context);
}

exports.handler = async ({ Step, SecretId, ClientRequestToken: token }, context) => {
  const one = rotates[SecretId];
  if (!one) throw new Error(SecretId + " is not rotated by this function");
  const { VersionIdsToStages: stages = {} } = await secrets.describeSecret({ SecretId });
  const current = Object.keys(stages).find((id) => stages[id].includes("AWSCURRENT"));
  if (current === token && Step !== "finishSecret") return;
  await steps[Step]({ SecretId, token, stages, current, one, context });
  console.log(Step, "done");
};
`;

const database = `
async function createSecret({ SecretId, token, stages, current, one, context }) {
  if (await valueOf(SecretId, token)) return;
  await roll(one, await currentSince(SecretId, stages, current), context);
  const now = await valueOf(SecretId, current);
  const logins = await Promise.all(one.logins.map(async (id) => ({ id, login: await valueOf(id) })));
  const { id, login } = logins.find(({ login: { username } }) => username !== now.username);
  const { username, password } = (await valueOf(id, token)) ?? { ...login, password: newPassword() };
  await put(id, token, { ...login, password }, ["AWSCURRENT"]);
  const url = now.url.replace(now.username + ":" + now.password + "@", username + ":" + password + "@");
  await put(SecretId, token, { ...now, username, password, url }, ["AWSPENDING"]);
}

/** As PostgreSQL keeps it: no clear text reaches the server, its log, or the task's description. Source: RFC 5802, RFC 7677. */
function verifier(password, salt) {
  const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
  const key = (name) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  return "SCRAM-SHA-256$4096:" + salt.toString("base64") + "$" + stored + ":" + key("Server Key").toString("base64");
}

async function setSecret({ SecretId, token, context }) {
  const { username, password } = await valueOf(SecretId, token);
  const salt = createHash("sha256").update(token).digest().subarray(0, 16);
  const SQL = 'ALTER ROLE "' + username + '" WITH LOGIN PASSWORD \\'' + verifier(password, salt) + "';";
  await run(process.env.ADMINISTRATION, SQL, context);
}

/** A rotation that is only set up may ask it of an empty version: there is nothing to log in with. */
async function testSecret({ SecretId, token, one, context }) {
  if (await valueOf(SecretId, token)) await run(one.test, "SELECT 1", context);
}

async function run(taskDefinition, SQL, context) {
  const { tasks: [task] = [], failures: [failure] = [] } = await ecs.runTask({
    cluster,
    taskDefinition,
    count: 1,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
    startedBy: "rotation",
    networkConfiguration: { awsvpcConfiguration: JSON.parse(process.env.NETWORK) },
    overrides: { containerOverrides: [{ name: process.env.CONTAINER, environment: [{ name: "SQL", value: SQL }] }] },
  });
  if (!task) throw new Error("no task could be started: " + failure?.reason);
  let ended;
  await until(async () => {
    const { tasks: [now] = [] } = await ecs.describeTasks({ cluster, tasks: [task.taskArn] });
    ended = now?.lastStatus === "STOPPED" ? now : undefined;
    return !ended && task.taskArn + " has not ended";
  }, context);
  const [{ exitCode, reason } = {}] = ended.containers ?? [];
  if (exitCode !== 0) throw new Error(task.taskArn + " ended with " + exitCode + ": " + [ended.stoppedReason, reason].filter(Boolean).join(": "));
}

const steps = { createSecret, setSecret, testSecret, finishSecret };
`;

const cache = `
const { ElastiCache } = require("@aws-sdk/client-elasticache");
const elasticache = new ElastiCache();
const { GROUP: ReplicationGroupId } = process.env;
const group = async () => (await elasticache.describeReplicationGroups({ ReplicationGroupId })).ReplicationGroups[0];

async function createSecret({ SecretId, token, stages, current, one, context }) {
  if (await valueOf(SecretId, token)) return;
  await roll(one, await currentSince(SecretId, stages, current), context);
  const now = await valueOf(SecretId, current);
  const next = newPassword();
  const { AuthTokenLastModifiedDate } = await group();
  const changed = AuthTokenLastModifiedDate?.toISOString() ?? "never";
  const url = now.url.replace(":" + now.token + "@", ":" + next + "@");
  await put(SecretId, token, { ...now, token: next, url, changed }, ["AWSPENDING"]);
}

/** A second ROTATE would end the token that programs have: the pending version holds when it had been changed before. */
async function setSecret({ SecretId, token, context }) {
  const { token: AuthToken, changed } = await valueOf(SecretId, token);
  const { AuthTokenLastModifiedDate } = await group();
  if ((AuthTokenLastModifiedDate?.toISOString() ?? "never") === changed) {
    await elasticache.modifyReplicationGroup({ ReplicationGroupId, AuthToken, AuthTokenUpdateStrategy: "ROTATE", ApplyImmediately: true });
  }
  await until(async () => (await group()).Status !== "available" && ReplicationGroupId + " is not available", context);
}

async function testSecret({ SecretId, token }) {
  const pending = await valueOf(SecretId, token);
  const { Status, AuthTokenLastModifiedDate } = await group();
  if (Status !== "available") throw new Error(ReplicationGroupId + " is " + Status);
  if (pending?.changed && pending.changed === (AuthTokenLastModifiedDate?.toISOString() ?? "never")) {
    const { token: current } = await valueOf(SecretId);
    if (current !== pending.token) throw new Error(ReplicationGroupId + " has not taken the new token");
  }
}

async function finish(request) {
  const { token: next } = await valueOf(request.SecretId, request.token);
  const [id] = request.one.tokens;
  if ((await valueOf(id)).token !== next) await put(id, request.token, { token: next }, ["AWSCURRENT"]);
  await finishSecret(request);
}

const steps = { createSecret, setSecret, testSecret, finishSecret: finish };
`;

export const rotationCode = { database: shared + database, cache: shared + cache } as const;
