/** What changes a stage does so while it holds the lease, and stops when it holds it no longer. */
import { step, type Deployment } from "./deployment.ts";
import { inWords, lostLease, takeLease } from "./lease.ts";

/**
 * @param purpose what the holder does, as others are told: `deploy`, `scale`.
 * @param act is given a deployment that ends with the lease, and asks for it before each step.
 * @throws DeployError `held`, which names the holder.
 */
export async function underLease<R>(deployment: Deployment, purpose: string, act: (deployment: Deployment) => Promise<R>): Promise<R> {
  const { aws, assembly, emit, signal, time, waitMs = 0 } = deployment;
  const lease = await step(deployment, "lease", "lease", async () => {
    const value = await takeLease(aws, time, assembly.app, assembly.stage, purpose, { waitMs, emit, signal });
    if (value.takenFrom) emit({ type: "note", message: `The lease of ${inWords(value.takenFrom)} had run out: taken over.` });
    return { value };
  });
  try {
    return await act({ ...deployment, signal: AbortSignal.any([signal, lease.lost]), confirmLease: () => lease.confirm() });
  } catch (error) {
    if (lease.lost.aborted && !signal.aborted) throw lostLease(assembly, error);
    throw error;
  } finally {
    await lease
      .release()
      .catch(() => emit({ type: "note", message: "The lease could not be released: it ends by itself within two minutes." }));
  }
}
