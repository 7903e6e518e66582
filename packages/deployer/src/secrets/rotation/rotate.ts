/** `secrets rotate`: what is behind a name, under the stage's lease. */
import type { Assembly, Rotation } from "@plinth/compiler";
import { DeployError } from "../../deploy-error.ts";
import type { Deployment } from "../../deployment.ts";
import { readNotes } from "../../notes.ts";
import { refuseStopped } from "../../pause/stopped-stage.ts";
import { describeStage } from "../../stacks/stack-state.ts";
import { underLease } from "../../under-lease.ts";
import { connectionName } from "../connections.ts";
import { rotationNote } from "./begun-rotation.ts";
import { usedSince } from "./password-age.ts";
import { rotateLogins } from "./rotate-logins.ts";
import { rotateMaster } from "./rotate-master.ts";
import { rotateToken } from "./rotate-token.ts";
import { rotateNow } from "./scheduled.ts";

export interface RotateResult {
  name: string;
  /** `login`: programs connect with another one now. `master`: the administrator's. `token`: a cache's. */
  kind: "login" | "master" | "token";
  /** `false` where it was young enough. */
  rotated: boolean;
  /** Since when the one was in use that was found, where its age was asked for: ISO 8601. */
  usedSince?: string;
  /** Of a pair of logins the one that programs had, and the one that they have now. */
  from?: "a" | "b";
  to?: "a" | "b";
  /** Those that run with the new one. */
  programs: string[];
  /** Whether it went on with a rotation that had been begun before. */
  resumed: boolean;
}

export interface RotateOptions {
  master: boolean;
  /** Leave what is younger as it is. @default rotate in any case */
  olderThanMs?: number;
}

/** @throws DeployError; run again, it goes on from there. */
export async function rotate(deployment: Deployment, name: string, { master, olderThanMs }: RotateOptions): Promise<RotateResult> {
  const { aws, assembly, time } = deployment;
  const rotation = findRotation(assembly, name);
  if (master && rotation.kind === "cache") {
    throw new DeployError("not-found", `${name} is a cache: it has one token, and no administrator.`, {
      remedy: `plinth secrets rotate ${name}`,
    });
  }
  await refuseStopped(aws, assembly);
  return underLease(deployment, "secrets rotate", async (held): Promise<RotateResult> => {
    const stacks = await describeStage(aws, assembly);
    if (stacks.size === 0) {
      throw new DeployError("not-found", `${assembly.app} ${assembly.stage} is not deployed.`, { remedy: "Run plinth deploy first." });
    }
    const opened = new Set(rotation.connections.map(connectionName));
    const users = assembly.programs.filter(({ connections = [] }) => connections.some((one) => opened.has(connectionName(one))));
    const kind = rotation.kind === "cache" ? "token" : master ? "master" : "login";
    const since = olderThanMs === undefined ? undefined : await usedSince(held, rotation, master, stacks);
    const found = { name, kind, ...(since && { usedSince: since.toISOString() }) } as const;
    if (since && olderThanMs !== undefined && time.now() - since.getTime() < olderThanMs) {
      return { ...found, rotated: false, programs: [], resumed: false };
    }
    // One that was begun without the schedule is ended without it.
    const begun = (await readNotes(aws, assembly.app, assembly.stage)).has(rotationNote(name));
    const turned = master || begun ? undefined : await rotateNow(held, rotation, stacks);
    if (turned) return { ...found, rotated: true, programs: users.map((user) => user.name), ...turned };
    if (rotation.kind === "cache") return { ...found, rotated: true, ...(await rotateToken(held, rotation, users, stacks)) };
    if (master) return { ...found, rotated: true, programs: [], ...(await rotateMaster(held, rotation, stacks)) };
    return { ...found, rotated: true, ...(await rotateLogins(held, rotation, users, stacks)) };
  });
}

/** @throws DeployError `not-found`, which says what can be rotated, or how this one is changed. */
function findRotation({ app, rotations, secrets }: Assembly, name: string): Rotation {
  const found = rotations.find((one) => one.name === name);
  if (found) return found;
  const slot = secrets.find((one) => one.name === name);
  if (slot) {
    throw new DeployError("not-found", `${name} is a ${slot.kind} that you set: nothing can make up its next value.`, {
      remedy: `plinth secrets set ${name} gives it one, and rolls the programs that use it.`,
    });
  }
  const names = rotations.map((one) => one.name);
  throw new DeployError("not-found", `${name} has no login or token that ${app} could rotate.`, {
    remedy: names.length > 0 ? `These have: ${names.join(", ")}.` : "A postgres, an aurora or a redis that a program uses has one.",
  });
}
