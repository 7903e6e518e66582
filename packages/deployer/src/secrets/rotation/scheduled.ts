/** What the clock rotates: when that was and will be, and how a turn is begun by hand. */
import type { Assembly, Rotation, RotationSchedule } from "@plinth/compiler";
import { isAwsError, type Aws } from "../../aws.ts";
import { DeployError } from "../../deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "../../deployment.ts";
import { outputOf } from "../../parameters.ts";
import type { DeployedStack } from "../../stacks/stack-state.ts";
import { secretMembers } from "./pending-version.ts";

export interface ScheduledRotation {
  /** The inventory key. */
  name: string;
  expression: string;
  /** Of several secrets the one that was rotated first. */
  last?: Date;
  /** By when the next one is done, at the latest. */
  next?: Date;
  /** A version waits to become current: a rotation is under way, or has failed and is tried again. */
  pending: boolean;
  /** The function's last words, where it has failed since the last success. */
  failure?: string;
}

type Scheduled = Rotation & { schedule: RotationSchedule };
const isScheduled = (rotation: Rotation): rotation is Scheduled => rotation.schedule !== undefined;

/** Of those that are deployed. */
export async function scheduledRotations(
  aws: Aws,
  { rotations }: Pick<Assembly, "rotations">,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<ScheduledRotation[]> {
  const states = await Promise.all(
    rotations.filter(isScheduled).map(async (rotation): Promise<ScheduledRotation | undefined> => {
      const ids = rotation.connections.map(({ stack, output }) => stacks.get(stack)?.outputs[output]);
      const states = await Promise.all(ids.map((id) => (id === undefined ? undefined : turnOf(aws, id))));
      const known = states.filter((state) => state !== undefined && state.enabled);
      if (known.length === 0) return undefined;
      const last = earliest(known.map((state) => state!.last));
      const next = earliest(known.map((state) => state!.next));
      const pending = known.some((state) => state!.pending !== undefined);
      const failure = pending ? await lastFailure(aws, rotation, stacks, last ?? new Date(0)) : undefined;
      return {
        name: rotation.name,
        expression: rotation.schedule.expression,
        ...(last && { last }),
        ...(next && { next }),
        pending,
        ...(failure !== undefined && { failure }),
      };
    }),
  );
  return states.filter((state) => state !== undefined);
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.reduce((a, b) => (a && b ? (a < b ? a : b) : (a ?? b)), undefined);
}

interface Turn {
  enabled: boolean;
  last?: Date | undefined;
  next?: Date | undefined;
  current: string | undefined;
  /** The version that waits. */
  pending: string | undefined;
}

async function turnOf(aws: Aws, SecretId: string): Promise<Turn | undefined> {
  try {
    const found = await aws.call("secretsmanager", "DescribeSecret", { SecretId });
    const { VersionIdsToStages: stages = {} } = found;
    const holder = (label: string) => Object.keys(stages).find((id) => stages[id]?.includes(label));
    const current = holder("AWSCURRENT");
    const pending = holder("AWSPENDING");
    return {
      enabled: found.RotationEnabled === true,
      last: found.LastRotatedDate,
      next: found.NextRotationDate,
      current,
      pending: pending === current ? undefined : pending,
    };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** What the function said when it failed last. */
async function lastFailure(
  aws: Aws,
  { name, schedule }: Scheduled,
  stacks: ReadonlyMap<string, DeployedStack>,
  since: Date,
): Promise<string | undefined> {
  const logGroupName = outputOf(stacks, schedule.logGroup, name);
  try {
    const { events = [] } = await aws.call("logs", "FilterLogEvents", {
      logGroupName,
      startTime: since.getTime(),
      filterPattern: '"Invoke Error"',
    });
    const message = events.at(-1)?.message;
    return message === undefined
      ? undefined
      : (/"errorMessage":("(?:[^"\\]|\\.)*")/u.exec(message)?.[1] ?? JSON.stringify(message)).slice(1, -1);
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException", "AccessDeniedException")) return undefined;
    throw error;
  }
}

const patienceMs = 45 * 60_000;

export interface Turned {
  from?: "a" | "b";
  to?: "a" | "b";
  resumed: boolean;
}

/**
 * Lets Secrets Manager rotate it now, and waits. `undefined` where no schedule is deployed.
 * @throws DeployError `task-failed` with what the function said.
 */
export async function rotateNow(
  deployment: Deployment,
  rotation: Rotation,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<Turned | undefined> {
  const { aws } = deployment;
  if (!isScheduled(rotation)) return undefined;
  const ids = rotation.connections.map((one) => outputOf(stacks, one, rotation.name));
  const before = await Promise.all(ids.map((id) => turnOf(aws, id)));
  if (!before.every((turn) => turn?.enabled)) return undefined;
  const from = await loginInUse(aws, rotation, stacks);
  let resumed = false;
  for (const [index, SecretId] of ids.entries()) {
    await step(deployment, "rotation", index === 0 ? rotation.name : `${rotation.name}.readOnly`, async () => {
      const began = before[index]!.pending;
      if (began !== undefined) resumed = true;
      await begin(aws, SecretId);
      await waitUntilTurned(deployment, rotation, stacks, SecretId, before[index]!);
      return { value: undefined, detail: "changed, tried out, and taken by its programs" };
    });
  }
  const to = await loginInUse(aws, rotation, stacks);
  return { ...(from && { from }), ...(to && { to }), resumed };
}

async function begin(aws: Aws, SecretId: string): Promise<void> {
  try {
    await aws.call("secretsmanager", "RotateSecret", { SecretId, ClientRequestToken: crypto.randomUUID() });
  } catch (error) {
    // One is under way: then that is tried again at once.
    if (!(isAwsError(error, "InvalidRequestException") && /previous rotation/u.test(error.message))) throw error;
  }
}

async function waitUntilTurned(
  { aws, time, signal }: Deployment,
  rotation: Scheduled,
  stacks: ReadonlyMap<string, DeployedStack>,
  SecretId: string,
  before: Turn,
): Promise<void> {
  const startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    const now = await turnOf(aws, SecretId);
    if (now?.pending === undefined && now?.last && now.last.getTime() !== before.last?.getTime()) return;
    const failure = await lastFailure(aws, rotation, stacks, new Date(startedAt));
    if (failure !== undefined || time.now() - startedAt > patienceMs) {
      throw new DeployError(
        "task-failed",
        `The rotation of ${rotation.name} has ${failure === undefined ? "not ended" : `failed: ${failure}`}.`,
        {
          remedy:
            "Programs go on with what they have. Correct the cause: Secrets Manager tries it again by itself, " +
            `and plinth secrets rotate ${rotation.name} at once.`,
        },
      );
    }
    await time.sleep(delayMs, signal);
  }
}

/** Which of its two logins programs have, as the connection says; `undefined` for a cache. */
export async function loginInUse(aws: Aws, rotation: Rotation, stacks: ReadonlyMap<string, DeployedStack>): Promise<"a" | "b" | undefined> {
  if (rotation.kind === "cache") return undefined;
  const { username = "" } = await secretMembers(aws, outputOf(stacks, rotation.connections[0]!, rotation.name));
  return username.endsWith("_b") ? "b" : "a";
}
