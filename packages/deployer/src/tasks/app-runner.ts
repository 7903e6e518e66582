/** The services of an app on App Runner, as it sees them now, and what it writes of them. */
import type { Assembly } from "@plinth/compiler";
import { type Aws, isAwsError } from "../aws.ts";
import { declaredNames, deployedIds } from "../named-resources.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

const type = "AWS::AppRunner::Service";

export const appRunnerNames = (assembly: Assembly): string[] => declaredNames(assembly, type);

export interface AppRunnerState {
  /** In the app's file. */
  name: string;
  region: string;
  arn: string;
  /** `RUNNING`, `PAUSED`, `CREATE_FAILED`, `OPERATION_IN_PROGRESS`. */
  status: string;
  url: string;
  /** The newest operation that deploys something. */
  deployment?: { id: string; status: string; startedAt: Date };
}

/** One for each that is deployed, in the app's order. */
export async function appRunnerStates(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  names: readonly string[] = appRunnerNames(assembly),
): Promise<AppRunnerState[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const deployed = await deployedIds(aws, assembly, stacks, type, name);
      return Promise.all(deployed.map(({ region, id }) => readState(aws.in(region), name, id)));
    }),
  );
  return found.flat(2);
}

async function readState(aws: Aws, name: string, arn: string): Promise<AppRunnerState[]> {
  try {
    const [{ Service }, { OperationSummaryList = [] }] = await Promise.all([
      aws.call("apprunner", "DescribeService", { ServiceArn: arn }),
      aws.call("apprunner", "ListOperations", { ServiceArn: arn }),
    ]);
    if (!Service || Service.Status === "DELETED") return [];
    const newest = OperationSummaryList.find(({ Type }) => Type !== "PAUSE_SERVICE" && Type !== "DELETE_SERVICE");
    return [
      {
        name,
        region: aws.region,
        arn,
        status: Service.Status ?? "",
        url: `https://${Service.ServiceUrl}`,
        ...(newest?.Id && { deployment: { id: newest.Id, status: newest.Status ?? "", startedAt: newest.StartedAt ?? new Date(0) } }),
      },
    ];
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return []; // destroyed meanwhile
    throw error;
  }
}

/** Whether the newest version did not come up. */
export const isTakenBack = ({ deployment }: AppRunnerState): boolean =>
  ["FAILED", "ROLLBACK_SUCCEEDED", "ROLLBACK_FAILED"].includes(deployment?.status ?? "");

/** `arn:…:service/NAME/ID` → the group of its own lines, or of its program's. */
export const appRunnerGroup = (arn: string, what: "service" | "application"): string =>
  `/aws/apprunner/${arn.slice(arn.indexOf(":service/") + ":service/".length)}/${what}`;

/** The last lines of a group, or of a stream in it; none where nothing was written. */
export async function lastGroupLines(aws: Aws, logGroupName: string, count: number, stream?: string): Promise<string[]> {
  try {
    const { events = [] } = await aws.call("logs", "FilterLogEvents", {
      logGroupName,
      ...(stream !== undefined && { logStreamNames: [stream] }),
    });
    return events.slice(-count).map(({ message = "" }) => message.trimEnd());
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return [];
    throw error;
  }
}

const lineCount = 60;

/** What was written of its newest deployment, and the last lines of its program. */
export async function appRunnerLines(
  aws: Aws,
  { arn, region, deployment }: AppRunnerState,
): Promise<{ deployment: string[]; program: string[] }> {
  const there = aws.in(region);
  const [lines, program] = await Promise.all([
    deployment ? lastGroupLines(there, appRunnerGroup(arn, "service"), lineCount, `deployment/${deployment.id}`) : [],
    lastGroupLines(there, appRunnerGroup(arn, "application"), lineCount),
  ]);
  return { deployment: lines.map((line) => line.replace(/^\[AppRunner\] /u, "")), program };
}
