/**
 * Things that RDS has and this cloud never makes (their creation is refused by name): describes find none of them, and whoever
 * names one is told that it is not there, as on AWS.
 */
import { AwsError } from "../../aws-error.ts";
import type { OperationName } from "../../aws.ts";
import type { Operation } from "../../service.ts";

const subscription = { code: "SubscriptionNotFound", message: (name: string) => `Subscription ${name} not found.` };
const securityGroup = { code: "DBSecurityGroupNotFound", message: (name: string) => `Security Group ${name} not found.` };
const blueGreen = {
  code: "BlueGreenDeploymentNotFoundFault",
  message: (id: string) => `BlueGreenDeploymentIdentifier ${id} doesn't refer to an existing blue/green deployment.`,
};

interface Absent {
  kind: { code: string; message(id: string): string };
  /** The member of the input that names one. */
  named: string;
  /** The member of the output that lists them, for a describe. */
  list?: string;
}

const operations = {
  DescribeEventSubscriptions: { kind: subscription, named: "SubscriptionName", list: "EventSubscriptionsList" },
  ModifyEventSubscription: { kind: subscription, named: "SubscriptionName" },
  DeleteEventSubscription: { kind: subscription, named: "SubscriptionName" },
  DescribeDBSecurityGroups: { kind: securityGroup, named: "DBSecurityGroupName", list: "DBSecurityGroups" },
  DeleteDBSecurityGroup: { kind: securityGroup, named: "DBSecurityGroupName" },
  DescribeBlueGreenDeployments: { kind: blueGreen, named: "BlueGreenDeploymentIdentifier", list: "BlueGreenDeployments" },
  DeleteBlueGreenDeployment: { kind: blueGreen, named: "BlueGreenDeploymentIdentifier" },
  SwitchoverBlueGreenDeployment: { kind: blueGreen, named: "BlueGreenDeploymentIdentifier" },
} satisfies { [O in OperationName<"rds">]?: Absent };

export const absent = Object.fromEntries(
  Object.entries<Absent>(operations).map(([operation, { kind, named, list }]) => [
    operation,
    (input: Record<string, unknown>) => {
      const id = input[named];
      if (typeof id === "string" && id !== "") throw new AwsError(kind.code, kind.message(id), 404);
      if (list === undefined) {
        throw new AwsError("InvalidParameterValue", `The parameter ${named} must be provided and must not be blank.`);
      }
      return { [list]: [] };
    },
  ]),
) as unknown as { [O in keyof typeof operations]: Operation<"rds", O> };
