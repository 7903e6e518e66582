/**
 * The lease on a stage: one at a time changes it. It is the SSM parameter `/plinth/{app}/{stage}/lease`, which says who holds it,
 * since when and until when; a heartbeat moves the end. Making a parameter without Overwrite is atomic. Overwriting one is not, but
 * it answers with the new version: whoever overwrites then reads what stood before, and puts it back if that is not what it expected.
 * So of two only one goes on, and a holder that slept past its end learns it before it acts again (`confirm`).
 */
import { hostname, userInfo } from "node:os";
import { isAwsError, type Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { interrupted, type Time } from "./deployment.ts";
import type { Emit } from "./event.ts";
import { isRunning } from "./process-state.ts";

export interface LeaseHolder {
  /** Made anew for each deployment. */
  id: string;
  /** The user, as the machine knows them; in a GitHub workflow who started it, and where to see it. */
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
  /** Aborted when another holds it now, as after a sleep of the machine, or nobody, as after `plinth lock release`. */
  lost: AbortSignal;
  /** Asked before anything is changed. @throws DeployError `held` when the lease is lost. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** How long another holder is waited for. @default 0 */
  waitMs?: number;
  emit?: Emit;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/** How long a lease lasts without a heartbeat. */
export const leaseDurationMs = 120_000;
const heartbeatMs = 30_000;
/** On AWS clocks of several machines decide: a lease that seems to have run out is watched for so long, and taken over if nothing beats. */
const watchMs = heartbeatMs + 5_000;

export const leaseName = (app: string, stage: string) => `/plinth/${app}/${stage}/lease`;

/** @throws DeployError `held`, which names the holder. */
export async function takeLease(
  aws: Aws,
  time: Time,
  app: string,
  stage: string,
  purpose: string,
  options: LeaseOptions = {},
): Promise<Lease> {
  const id = crypto.randomUUID();
  const since = new Date(time.now()).toISOString();
  const own = { id, owner: ownerName(process.env), host: hostname(), pid: process.pid, purpose, since };
  const at: Place = { aws, time, app, stage };
  const taken = await take(at, own, options);
  return keep(at, own, taken);
}

interface Place {
  aws: Aws;
  time: Time;
  app: string;
  stage: string;
}

type Own = Omit<LeaseHolder, "expires">;

/** Until it is ours, or there is no more waiting. */
async function take(at: Place, own: Own, options: LeaseOptions): Promise<{ takenFrom?: LeaseHolder }> {
  const { aws, time, app, stage } = at;
  const { waitMs = 0, emit, signal } = options;
  const startedAt = time.now();
  let told: string | undefined;
  for (let attempt = 0; ; attempt += 1) {
    if (signal?.aborted) throw interrupted();
    if (await create(at, own)) return {};
    const current = await readLease(aws, app, stage);
    if (!current) {
      if (attempt < 50) continue; // released between the two calls
      throw new DeployError("held", `${app} ${stage} is held by others in quick succession.`, { remedy: "Try again." });
    }
    const { holder } = current;
    if (!holder || !(isAlive(aws, time, holder) || (await beats(at, holder, current.version, options)))) {
      const put = await overwrite(at, own, current);
      if (put === "lost") continue; // another was first: the next turn reads who
      return holder && put === "replaced" ? { takenFrom: holder } : {};
    }
    if (time.now() - startedAt >= waitMs) throw held(at, holder, waitMs === 0 ? 0 : time.now() - startedAt);
    if (told !== holder.id) emit?.({ type: "note", message: `Waiting for ${inWords(holder)}, since ${holder.since}.` });
    told = holder.id;
    await time.sleep(Math.max(1, Math.min(aws.embedded ? 200 : 5_000, startedAt + waitMs - time.now())), signal);
  }
}

/** Whether one whose lease seems to have run out renews it all the same: clocks of several machines differ. */
async function beats({ aws, time, app, stage }: Place, holder: LeaseHolder, version: number, { emit, signal }: LeaseOptions) {
  if (aws.embedded) return false; // reached from one machine, which has one clock
  emit?.({ type: "note", message: `The lease of ${inWords(holder)} has run out: watching for a sign of life.` });
  await time.sleep(watchMs, signal);
  const now = await readLease(aws, app, stage);
  return now !== undefined && now.version !== version && now.holder?.id === holder.id;
}

/** Heartbeat, confirmation and release of one that was taken. */
function keep(at: Place, own: Own, taken: { takenFrom?: LeaseHolder }): Lease {
  const { aws, time, app, stage } = at;
  const lost = new AbortController();
  let renewedAt = time.now();
  const isOurs = async () => (await readLease(aws, app, stage))?.holder?.id === own.id;
  const beat = async () => {
    const beganAt = time.now();
    const current = await readLease(aws, app, stage);
    const put = current?.holder?.id === own.id ? await overwrite(at, own, current) : "lost";
    if (put === "fresh") await remove(at); // released by hand between the two calls
    if (put === "replaced") renewedAt = beganAt;
    else lost.abort();
  };
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beat().catch(() => undefined); // a beat that fails is followed by the next; the lease outlasts three
  }, heartbeatMs);
  timer.unref();
  return {
    ...taken,
    lost: lost.signal,
    async confirm() {
      await beating;
      if (lost.signal.aborted) throw lostLease(at);
      // No answer is kept: however short the sleep after it was, another may have come and gone.
      // After a long one the lease is renewed before anything else: another could take it while we act.
      if (time.now() - renewedAt > leaseDurationMs / 2) await beat();
      else if (!(await isOurs())) lost.abort();
      if (lost.signal.aborted) throw lostLease(at);
    },
    async release() {
      clearInterval(timer);
      await beating;
      if (lost.signal.aborted) return;
      // Past its end somebody may be taking it over in this moment.
      if (time.now() - renewedAt > leaseDurationMs / 2) await beat();
      if (await isOurs()) await remove(at);
    },
  };
}

/**
 * Deletes the lease of this holder (`undefined`: of something that is none of ours), who notices it before acting again.
 * @returns `false` when it is another's by now, or nobody's.
 */
export async function breakLease(aws: Aws, app: string, stage: string, holder: LeaseHolder | undefined): Promise<boolean> {
  const current = await readLease(aws, app, stage);
  if (!current || current.holder?.id !== holder?.id) return false;
  await remove({ aws, app, stage });
  return true;
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

/** Whether its holder still gives signs of life, as far as can be seen from here. */
export const isAlive = (aws: Aws, time: Time, holder: LeaseHolder): boolean =>
  Date.parse(holder.expires) > time.now() && !hasDied(aws, holder);

export const lostLease = ({ app, stage }: Pick<Place, "app" | "stage">, cause?: unknown) =>
  new DeployError("held", `The lease on ${app} ${stage} was lost: another has taken it over, or it was released by hand.`, {
    remedy: "plinth lock status shows who holds the stage. What was under way in the cloud finishes there.",
    ...(cause === undefined ? {} : { cause }),
  });

function textOf({ time }: Place, own: Own): string {
  const holder: LeaseHolder = { ...own, expires: new Date(time.now() + leaseDurationMs).toISOString() };
  return JSON.stringify(holder);
}

/** @returns whether nobody held it. */
async function create(at: Place, own: Own): Promise<boolean> {
  const Name = leaseName(at.app, at.stage);
  try {
    await at.aws.call("ssm", "PutParameter", { Name, Type: "String", Value: textOf(at, own), Overwrite: false });
    return true;
  } catch (error) {
    if (isAwsError(error, "ParameterAlreadyExists")) return false;
    throw error;
  }
}

/**
 * Puts ours in the place of what was read.
 * @returns `replaced` when that is what stood there, `fresh` when nothing did any more; otherwise another was first, and its text is
 * put back.
 */
async function overwrite(at: Place, own: Own, read: { holder?: LeaseHolder }): Promise<"replaced" | "fresh" | "lost"> {
  const { aws, app, stage } = at;
  const Name = leaseName(app, stage);
  const put = async (Value: string) =>
    (await aws.call("ssm", "PutParameter", { Name, Type: "String", Value, Overwrite: true })).Version ?? 0;
  const version = await put(textOf(at, own));
  if (version <= 1) return "fresh";
  const replaced = await aws.call("ssm", "GetParameter", { Name: `${Name}:${version - 1}` });
  const text = replaced.Parameter?.Value ?? "";
  if (parseHolder(text)?.id === read.holder?.id) return "replaced";
  await put(text);
  return "lost";
}

async function remove({ aws, app, stage }: Omit<Place, "time">): Promise<void> {
  try {
    await aws.call("ssm", "DeleteParameter", { Name: leaseName(app, stage) });
  } catch (error) {
    if (!isAwsError(error, "ParameterNotFound")) throw error;
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

/** As `ada on laptop (process 12, deploy)`. */
export const inWords = ({ owner, host, pid, purpose }: LeaseHolder) => `${owner} on ${host} (process ${pid}, ${purpose})`;

function held({ app, stage }: Place, holder: LeaseHolder, waitedMs = 0): DeployError {
  const waited = waitedMs < 1_000 ? "" : ` ${Math.round(waitedMs / 1_000)} seconds were waited for it.`;
  return new DeployError("held", `${app} ${stage} is held by ${inWords(holder)} since ${holder.since}.${waited}`, {
    remedy:
      "--wait waits until that has ended. Without a sign of life the lease ends by itself" +
      ` at ${holder.expires}; plinth lock release ends it by hand.`,
  });
}

/** A workflow's machine and its user are nobody: who started it, and its page, say more. */
export function ownerName(environment: NodeJS.ProcessEnv): string {
  const { GITHUB_ACTIONS, GITHUB_ACTOR, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = environment;
  if (GITHUB_ACTIONS === "true" && GITHUB_ACTOR) {
    return `${GITHUB_ACTOR} by ${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  }
  try {
    return userInfo().username;
  } catch {
    return "an unnamed user"; // a user id without an entry, as in some containers
  }
}
