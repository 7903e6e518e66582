/** Two roles for each program: one with which ECS starts it, one that it acts with. Both allow what the wiring says, and nothing else. */
import type { Compilation, Grant } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { buildRole, statements, type Statement } from "./role.ts";
import type { Made } from "./value.ts";

export interface Roles {
  readonly execution: Made;
  readonly task: Made;
}

const trusts = "ecs-tasks.amazonaws.com";

/** Channels of Session Manager know no resources. */
const opensShells: Statement = {
  Effect: "Allow",
  Action: ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map((action) => `ssmmessages:${action}`),
  Resource: "*",
};

export function buildRoles(
  compilation: Compilation,
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
  const execution = buildRole(
    compilation,
    layer,
    `${id}ExecutionRole`,
    { ...origin, part: "ExecutionRole" },
    {
      trusts,
      policyName: "start",
      allows: (here) => [
        ...(repository
          ? [
              { Effect: "Allow" as const, Action: "ecr:GetAuthorizationToken", Resource: "*" },
              {
                Effect: "Allow" as const,
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                Resource: here.take(repository.attribute("Arn")),
              },
            ]
          : []),
        { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: here.take(logGroup.attribute("Arn")) },
        ...statements(here, reads),
      ],
    },
  );
  const task = buildRole(
    compilation,
    layer,
    `${id}TaskRole`,
    { ...origin, part: "TaskRole" },
    {
      trusts,
      policyName: "act",
      allows: grants.length > 0 || exec ? (here) => [...statements(here, grants), ...(exec ? [opensShells] : [])] : undefined,
    },
  );
  return { execution, task };
}
