/**
 * What is otherwise in the account than the deployed templates say. On AWS by drift-aware change sets (DeploymentMode REVERT_DRIFT) of
 * what is deployed: made, read, deleted, never executed. In the embedded cloud by its drift detection, of the types that it can read.
 */
import { hidden, shownValue, type ShownContext } from "@plinth/cloudformation";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { pollingDelaysMs, type Time } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface Drift {
  stack: string;
  logicalId: string;
  type: string;
  key?: string;
  status: "modified" | "deleted";
  /** Where its properties are otherwise. */
  differences: { path: string; expected?: string; actual?: string }[];
}

export interface StageDrift {
  found: Omit<Drift, "key">[];
  /** Stacks whose drift could not be looked at, and why. */
  unchecked: { stack: string; reason: string }[];
}

export async function stageDrift(aws: Aws, time: Time, stacks: Iterable<DeployedStack>): Promise<StageDrift> {
  const found: StageDrift["found"] = [];
  const unchecked: StageDrift["unchecked"] = [];
  await Promise.all(
    [...stacks].map(async (stack) => {
      try {
        const there = aws.in(stack.region);
        const all = await (aws.embedded ? byDetection(there, stack) : byChangeSet(there, time, stack));
        found.push(...all.flatMap((one) => withoutWeights(one, stack) ?? []));
      } catch (error) {
        if (!(error instanceof Error && ("$fault" in error || isAwsError(error, "DriftUnknown")))) throw error;
        unchecked.push({ stack: stack.name, reason: error.message });
      }
    }),
  );
  return { found: found.sort((a, b) => (a.stack < b.stack ? -1 : a.stack > b.stack ? 1 : 0)), unchecked };
}

/** What ECS moves requests by is nobody's change by hand: the stack has parameters for it. */
function withoutWeights(one: Omit<Drift, "key">, { parameters }: DeployedStack): Omit<Drift, "key"> | undefined {
  if (one.status !== "modified" || parameters[`${one.logicalId}OtherWeight`] === undefined) return one;
  const differences = one.differences.filter(({ path }) => !/^Actions(?:\/|$)/.test(path));
  return differences.length > 0 || one.differences.length === 0 ? { ...one, differences } : undefined;
}

async function byDetection(aws: Aws, { name }: DeployedStack): Promise<StageDrift["found"]> {
  await aws.call("cloudformation", "DetectStackDrift", { StackName: name });
  const found: StageDrift["found"] = [];
  let NextToken: string | undefined;
  do {
    const page: Output<"cloudformation", "DescribeStackResourceDrifts"> = await aws.call("cloudformation", "DescribeStackResourceDrifts", {
      StackName: name,
      StackResourceDriftStatusFilters: ["MODIFIED", "DELETED"],
      NextToken,
    });
    for (const one of page.StackResourceDrifts ?? []) {
      found.push({
        stack: name,
        logicalId: one.LogicalResourceId ?? "",
        type: one.ResourceType ?? "",
        status: one.StackResourceDriftStatus === "DELETED" ? "deleted" : "modified",
        differences: (one.PropertyDifferences ?? []).map(({ PropertyPath = "", ExpectedValue, ActualValue }) =>
          difference(PropertyPath, ExpectedValue, ActualValue),
        ),
      });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Made of what is deployed: all that it would change is drift. */
async function byChangeSet(aws: Aws, time: Time, { name, parameters }: DeployedStack): Promise<StageDrift["found"]> {
  const { Id = "" } = await aws.call("cloudformation", "CreateChangeSet", {
    StackName: name,
    ChangeSetName: `plinth-drift-${time.now()}`,
    ChangeSetType: "UPDATE",
    DeploymentMode: "REVERT_DRIFT",
    UsePreviousTemplate: true,
    Parameters: Object.keys(parameters).map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
    Capabilities: ["CAPABILITY_IAM"],
  });
  try {
    return await readChangeSet(aws, time, name, Id);
  } finally {
    await aws.call("cloudformation", "DeleteChangeSet", { ChangeSetName: Id, StackName: name });
  }
}

async function readChangeSet(aws: Aws, time: Time, name: string, id: string): Promise<StageDrift["found"]> {
  for (const delayMs of pollingDelaysMs(aws)) {
    let page = await aws.call("cloudformation", "DescribeChangeSet", { ChangeSetName: id, StackName: name, IncludePropertyValues: true });
    if (page.Status === "FAILED") {
      const reason = page.StatusReason ?? "";
      if (/didn't contain changes|No updates are to be performed/.test(reason)) return [];
      throw Object.assign(new Error(reason || "its change set could not be made"), { name: "DriftUnknown" });
    }
    if (page.Status === "CREATE_COMPLETE") {
      const changes = [...(page.Changes ?? [])];
      while (page.NextToken) {
        const { NextToken } = page;
        page = await aws.call("cloudformation", "DescribeChangeSet", {
          ChangeSetName: id,
          StackName: name,
          IncludePropertyValues: true,
          NextToken,
        });
        changes.push(...(page.Changes ?? []));
      }
      return changes.flatMap(({ ResourceChange: one }) => (one ? [ofChange(name, one)] : [])).filter((one) => one !== undefined);
    }
    await time.sleep(delayMs);
  }
  throw new Error("unreachable");
}

type ResourceChange = NonNullable<NonNullable<Output<"cloudformation", "DescribeChangeSet">["Changes"]>[number]["ResourceChange"]>;

/** A resource that only follows another one's change has not drifted itself. */
function ofChange(stack: string, one: ResourceChange): Omit<Drift, "key"> | undefined {
  const deleted = one.ResourceDriftStatus === "DELETED";
  const drifted = (one.Details ?? []).flatMap(({ Target }) => (Target?.Drift ? [Target] : []));
  if (!deleted && drifted.length === 0 && one.ResourceDriftStatus !== "MODIFIED") return undefined;
  return {
    stack,
    logicalId: one.LogicalResourceId ?? "",
    type: one.ResourceType ?? "",
    status: deleted ? "deleted" : "modified",
    differences: drifted.map(({ Path, Name, Drift }) =>
      difference((Path ?? `/${Name ?? ""}`).replace(/^\/Properties/, ""), Drift?.PreviousValue, Drift?.ActualValue),
    ),
  };
}

const nothing: ShownContext = { parameter: () => hidden, isParameter: () => false, isNew: () => false };

function difference(path: string, expected: string | undefined, actual: string | undefined): Drift["differences"][number] {
  const plain = path.replace(/^\//, "");
  const shown = (text: string) => shownValue(text, plain.split("/").at(-1)!, nothing).text;
  return {
    path: plain,
    ...(expected === undefined ? {} : { expected: shown(expected) }),
    ...(actual === undefined ? {} : { actual: shown(actual) }),
  };
}
