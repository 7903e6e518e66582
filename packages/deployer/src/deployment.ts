/** What every part of a deployment works with: the app's stage, the account, where events go, what ends it. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { Builder } from "./images/builder.ts";
import type { Emit, StepKind } from "./event.ts";

export interface Deployment {
  assembly: Assembly;
  /** Clients in the app's region. */
  aws: Aws;
  emit: Emit;
  /** Aborted by Ctrl-C: nothing more is begun, what runs in the cloud finishes there. */
  signal: AbortSignal;
  /** Where caches may be kept: `.plinth` beside the app. */
  folder: string;
  time: Time;
  /** What builds images for AWS. @default the first that answers of docker, podman and buildah, else CodeBuild */
  builder?: Builder;
  /** How long another holder of the stage is waited for. @default 0 */
  waitMs?: number;
  /** Asked before each step and each change of a stack. @throws DeployError `held` when the stage is another's by now. */
  confirmLease?: () => Promise<void>;
}

/** The time that a deployment goes by; a test gives its own. */
export interface Time {
  now(): number;
  /** Waits, or throws `interrupted` when the signal is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realTime: Time = {
  now: () => Date.now(),
  sleep(ms, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => {
      clearTimeout(timer);
      reject(interrupted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
    return promise;
  },
};

export const interrupted = () => new DeployError("interrupted", "Stopped by the user.");

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted();
}

/** How often to ask again about something under way: often at first, then at AWS's pace; the embedded cloud is asked more often. */
export function* pollingDelaysMs(aws: Aws): Generator<number, never> {
  const [first, last] = aws.embedded ? [15, 150] : [1_000, 5_000];
  for (let delay = first; ; delay = Math.min(last, delay * 1.4)) yield delay;
}

/** Does one step of the runbook and tells of it. */
export async function step<T>(
  deployment: Deployment,
  kind: StepKind,
  id: string,
  act: () => Promise<{ value: T; detail?: string; skipped?: boolean }>,
): Promise<T> {
  throwIfInterrupted(deployment.signal);
  await deployment.confirmLease?.();
  const startedAt = deployment.time.now();
  const durationMs = () => deployment.time.now() - startedAt;
  deployment.emit({ type: "step", kind, id, state: "started" });
  try {
    const { value, detail, skipped } = await act();
    const state = skipped ? "skipped" : "finished";
    deployment.emit({ type: "step", kind, id, state, durationMs: durationMs(), ...(detail === undefined ? {} : { detail }) });
    return value;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    deployment.emit({ type: "step", kind, id, state: "failed", detail, durationMs: durationMs() });
    throw error;
  }
}
