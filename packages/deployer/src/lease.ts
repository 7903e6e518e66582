/**
 * The lease on a stage: one deployment at a time. It is the SSM parameter `/plinth/{app}/{stage}/lease`, which says who
 * holds it, since when and until when; a heartbeat moves the end. Making a parameter without Overwrite is atomic; one
 * that has run out is taken over by Overwrite, and the version that comes back tells whether one was the first to.
 */
import { hostname, userInfo } from "node:os";
import { isAwsError, type Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { Time } from "./deployment.ts";
import { isRunning } from "./process-state.ts";

export interface LeaseHolder {
  /** Made anew for each deployment. */
  id: string;
  /** The user, as the machine knows them. */
  owner: string;
  host: string;
  pid: number;
  /** What the holder does: `deploy`, `destroy`. */
  purpose: string;
  since: string;
  expires: string;
}

export interface Lease {
  /** Whom it was taken from, when theirs had run out. */
  takenFrom?: LeaseHolder;
  /** Aborted when another holds it now, as after a sleep of the machine. */
  lost: AbortSignal;
  release(): Promise<void>;
}

/** How long a lease lasts without a heartbeat. */
export const leaseDurationMs = 120_000;
const heartbeatMs = 30_000;

export const leaseName = (app: string, stage: string) => `/plinth/${app}/${stage}/lease`;

/** @throws DeployError `held`, which names the holder. */
export async function takeLease(aws: Aws, time: Time, app: string, stage: string, purpose: string): Promise<Lease> {
  const name = leaseName(app, stage);
  const since = new Date(time.now()).toISOString();
  const holder = (): LeaseHolder => ({
    id,
    owner: ownerName(),
    host: hostname(),
    pid: process.pid,
    purpose,
    since,
    expires: new Date(time.now() + leaseDurationMs).toISOString(),
  });
  const id = crypto.randomUUID();
  const put = (Overwrite: boolean) =>
    aws.call("ssm", "PutParameter", { Name: name, Type: "String", Value: JSON.stringify(holder()), Overwrite });
  let takenFrom: LeaseHolder | undefined;
  let version: number;
  for (let attempt = 0; ; attempt += 1) {
    try {
      version = (await put(false)).Version ?? 1;
      break;
    } catch (error) {
      if (!isAwsError(error, "ParameterAlreadyExists")) throw error;
    }
    const current = await readLease(aws, app, stage);
    if (!current) {
      if (attempt < 5) continue; // released between the two calls
      throw new DeployError("held", `${app} ${stage} is held by others in quick succession.`, { remedy: "Try again." });
    }
    const { holder: other } = current;
    if (other && Date.parse(other.expires) > time.now() && !hasDied(aws, other)) throw held(app, stage, other);
    version = (await put(true)).Version ?? 0;
    if (version === current.version + 1) {
      takenFrom = current.holder;
      break;
    }
    // Another was first: its text is put back, which ours has overwritten.
    const first = await aws.call("ssm", "GetParameter", { Name: `${name}:${current.version + 1}` });
    await aws.call("ssm", "PutParameter", { Name: name, Type: "String", Value: first.Parameter?.Value, Overwrite: true });
    const winner = parseHolder(first.Parameter?.Value);
    if (winner) throw held(app, stage, winner);
    throw new DeployError("held", `${app} ${stage} was taken over by another in this moment.`, { remedy: "Try again in two minutes." });
  }

  const lost = new AbortController();
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beat().catch(() => undefined); // a beat that fails is followed by the next; the lease outlasts three
  }, heartbeatMs);
  timer.unref();
  const beat = async () => {
    const current = await readLease(aws, app, stage);
    if (current?.holder?.id === id) await put(true);
    else lost.abort();
  };
  return {
    ...(takenFrom ? { takenFrom } : {}),
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await beating;
      if (lost.signal.aborted) return;
      const current = await readLease(aws, app, stage);
      if (current?.holder?.id !== id) return;
      try {
        await aws.call("ssm", "DeleteParameter", { Name: name });
      } catch (error) {
        if (!isAwsError(error, "ParameterNotFound")) throw error;
      }
    },
  };
}

/** Who holds a stage, if anybody. `holder` is absent when the text is not one of ours. */
export async function readLease(aws: Aws, app: string, stage: string): Promise<{ holder?: LeaseHolder; version: number } | undefined> {
  try {
    const { Parameter } = await aws.call("ssm", "GetParameter", { Name: leaseName(app, stage) });
    const holder = parseHolder(Parameter?.Value);
    return { version: Parameter?.Version ?? 0, ...(holder ? { holder } : {}) };
  } catch (error) {
    if (isAwsError(error, "ParameterNotFound")) return undefined;
    throw error;
  }
}

/**
 * An embedded cloud is reached from its own machine only, so its holder's process can be asked for: one that was killed
 * need not be waited for. On AWS the same name and id may be another machine's.
 */
function hasDied(aws: Aws, { host, pid }: LeaseHolder): boolean {
  return aws.embedded !== undefined && host === hostname() && !isRunning(pid);
}

function parseHolder(value: string | undefined): LeaseHolder | undefined {
  try {
    const parsed = JSON.parse(value ?? "") as LeaseHolder;
    return typeof parsed.id === "string" && Number.isFinite(Date.parse(parsed.expires)) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function held(app: string, stage: string, holder: LeaseHolder): DeployError {
  return new DeployError(
    "held",
    `${app} ${stage} is held by ${holder.owner} on ${holder.host} (process ${holder.pid}, ${holder.purpose}) since ${holder.since}.`,
    { remedy: `Wait until it has ended; without a sign of life it ends by itself at ${holder.expires}.` },
  );
}

/** The user, as the machine knows them. */
export function ownerName(): string {
  try {
    return userInfo().username;
  } catch {
    return "an unnamed user"; // a user id without an entry, as in some containers
  }
}
