/** Two roles for each program: one with which ECS starts it, one that it acts with. Both allow what the wiring says, and nothing else. */
import type { Compilation, Grant } from "./compilation.ts";
import type { Origin } from "./draft.ts";
import type { Here, Made } from "./value.ts";

export interface Roles {
  readonly execution: Made;
  readonly task: Made;
}

const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

export function buildRoles(
  { draft }: Compilation,
  id: string,
  origin: Origin,
  {
    repository,
    logGroup,
    reads,
    grants,
    exec,
    layer = "iam",
  }: {
    /** Where its image lies; none for a public one. */
    repository: Made | undefined;
    logGroup: Made;
    /** What ECS reads for it when it starts. */
    reads: readonly Grant[];
    /** What it may do itself. */
    grants: readonly Grant[];
    exec: boolean;
    /** Where they stand. @default "iam" */
    layer?: "iam" | "database";
  },
): Roles {
  const execution = draft.add(layer, `${id}ExecutionRole`, { ...origin, part: "ExecutionRole" }, (here) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: trust,
      Policies: [
        policy("start", [
          ...(repository
            ? [
                { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
                {
                  Effect: "Allow",
                  Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                  Resource: here.take(repository.attribute("Arn")),
                },
              ]
            : []),
          { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: here.take(logGroup.attribute("Arn")) },
          ...statements(here, reads),
        ]),
      ],
    },
  }));
  const own = (here: Here): Statement[] => [
    ...statements(here, grants),
    ...(exec
      ? [
          {
            Effect: "Allow",
            Action: ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
              (action) => `ssmmessages:${action}`,
            ),
            Resource: "*",
          },
        ]
      : []),
  ];
  const task = draft.add(layer, `${id}TaskRole`, { ...origin, part: "TaskRole" }, (here) => {
    const allowed = own(here);
    return {
      Type: "AWS::IAM::Role",
      Properties: { AssumeRolePolicyDocument: trust, ...(allowed.length > 0 && { Policies: [policy("act", allowed)] }) },
    };
  });
  return { execution, task };
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: object;
}

export function policy(name: string, all: readonly Statement[]): { PolicyName: string; PolicyDocument: never } {
  return { PolicyName: name, PolicyDocument: { Version: "2012-10-17", Statement: all } as never };
}

/** One statement for each set of actions; the same resource once. */
export function statements(here: Here, grants: readonly Grant[]): Statement[] {
  const byActions = new Map<string, { actions: readonly string[]; condition: object | undefined; resources: Map<string, unknown> }>();
  for (const { actions, resources, condition: when } of grants) {
    const condition = when?.(here);
    const key = actions.join(" ") + (condition ? JSON.stringify(condition) : "");
    const entry = byActions.get(key) ?? { actions, condition, resources: new Map<string, unknown>() };
    byActions.set(key, entry);
    for (const resource of resources(here)) entry.resources.set(JSON.stringify(resource), resource);
  }
  return [...byActions.values()].map(({ actions, condition, resources }) => {
    const all = [...resources.values()];
    return {
      Effect: "Allow",
      Action: actions.length === 1 ? actions[0]! : [...actions],
      Resource: all.length === 1 ? all[0] : all,
      ...(condition && { Condition: condition }),
    };
  });
}
