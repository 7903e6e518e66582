/** A plan in a file: what was shown and what was agreed to, signed by its content. */
import { DeployError } from "../deploy-error.ts";
import type { Plan } from "../plan.ts";
import { signatureOf, type Contract } from "./contract.ts";

export interface PlanFile {
  /** What the file is. */
  format: "plinth-plan";
  version: 1;
  /** `sha256:` over the canonical JSON of `{ contract, plan }`. */
  signature: string;
  contract: Contract;
  plan: Plan;
}

export const planFile = (plan: Plan, contract: Contract): PlanFile => ({
  format: "plinth-plan",
  version: 1,
  signature: signatureOf({ contract, plan }),
  contract,
  plan,
});

/** @throws DeployError `no-plan`, or `not-as-planned` for one that has been changed. */
export function readPlanFile(text: string, file: string): PlanFile {
  let read: Partial<PlanFile> | undefined;
  try {
    read = JSON.parse(text) as Partial<PlanFile>;
  } catch {
    read = undefined;
  }
  if (typeof read !== "object" || read === null || read.format !== "plinth-plan" || !read.contract || !read.plan)
    throw new DeployError("no-plan", `${file} is no plan of plinth.`, { remedy: "plinth plan --out FILE writes one." });
  if (read.version !== 1)
    throw new DeployError("no-plan", `${file} is a plan of version ${String(read.version)}; this plinth reads version 1.`, {
      remedy: "Make a new plan with this plinth.",
    });
  const { contract, plan } = read;
  if (signatureOf({ contract, plan }) !== read.signature)
    throw new DeployError("not-as-planned", `${file} has been changed since it was written: its signature does not hold.`, {
      remedy: "Nothing was touched. Make a new plan: plinth plan --out FILE.",
    });
  return read as PlanFile;
}
