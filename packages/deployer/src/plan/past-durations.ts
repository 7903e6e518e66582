/** How long resources of this very stage took before: from the events of its stacks, which CloudFormation keeps for 90 days. */
import type { Output, Aws } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import type { TimedAction } from "./durations.ts";

export interface PastDurations {
  /** The median of this resource, else of its type in this stage; `undefined` where neither was ever done here. */
  seconds(stack: string, logicalId: string, type: string, action: TimedAction): number | undefined;
  /** How many acts were looked at. */
  acts: number;
}

/** Pages of a hundred events: the last deploys of a stack, not its whole life. */
const pagesPerStack = 3;

/** Whoever may not read events plans without them. */
export async function pastDurations(aws: Aws, stacks: Iterable<DeployedStack>): Promise<PastDurations> {
  const acts = (await Promise.all([...stacks].map((stack) => actsOf(aws.in(stack.region), stack)))).flat();
  const byResource = Map.groupBy(acts, ({ stack, logicalId, action }) => `${stack}/${logicalId} ${action}`);
  const byType = Map.groupBy(acts, ({ type, action }) => `${type} ${action}`);
  return {
    acts: acts.length,
    seconds(stack, logicalId, type, action) {
      const found = byResource.get(`${stack}/${logicalId} ${action}`) ?? byType.get(`${type} ${action}`);
      return found && median(found.map(({ seconds }) => seconds));
    },
  };
}

interface Act {
  stack: string;
  logicalId: string;
  type: string;
  action: TimedAction;
  seconds: number;
}

const status = /^(CREATE|UPDATE|DELETE)_(IN_PROGRESS|COMPLETE|FAILED)$/;

async function actsOf(aws: Aws, { name, id }: DeployedStack): Promise<Act[]> {
  const events: NonNullable<Output<"cloudformation", "DescribeStackEvents">["StackEvents"]> = [];
  try {
    let NextToken: string | undefined;
    for (let page = 0; page < pagesPerStack; page += 1) {
      const answer: Output<"cloudformation", "DescribeStackEvents"> = await aws.call("cloudformation", "DescribeStackEvents", {
        StackName: id === "" ? name : id,
        NextToken,
      });
      events.push(...(answer.StackEvents ?? []));
      NextToken = answer.NextToken;
      if (!NextToken) break;
    }
  } catch (error) {
    if (error instanceof Error && "$fault" in error) return [];
    throw error;
  }
  const begun = new Map<string, number>();
  const acts: Act[] = [];
  for (const { LogicalResourceId = "", ResourceType = "", ResourceStatus = "", Timestamp } of events.toReversed()) {
    const [, verb, state] = status.exec(ResourceStatus) ?? [];
    if (verb === undefined || !Timestamp || ResourceType === "AWS::CloudFormation::Stack") continue;
    const key = `${LogicalResourceId} ${verb}`;
    const atMs = Timestamp.getTime();
    // A creation tells of itself twice: when it begins, and when the resource has a name.
    if (state === "IN_PROGRESS") begun.set(key, begun.get(key) ?? atMs);
    else {
      const startMs = begun.get(key);
      begun.delete(key);
      if (startMs !== undefined && state === "COMPLETE") {
        const action = verb.toLowerCase() as TimedAction;
        acts.push({ stack: name, logicalId: LogicalResourceId, type: ResourceType, action, seconds: (atMs - startMs) / 1000 });
      }
    }
  }
  return acts;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
