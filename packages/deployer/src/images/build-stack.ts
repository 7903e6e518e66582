/**
 * Where CodeBuild builds an app's images: one stack for each app and region, `plinth-builds-{app}`, made when it is needed first. It belongs
 * to no stage, so it goes with none; it costs nothing while nothing is built.
 */
import type { Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";

export const buildProject = (app: string) => `plinth-builds-${app}`;

export function buildStack(app: string, region: string): Stack {
  return {
    name: buildProject(app),
    layer: "storage",
    region,
    template: template(app),
    parameters: {},
    tags: { "plinth:app": app },
    dependsOn: [],
  };
}

/** Images of CodeBuild by processor (AWS CodeBuild User Guide, "Docker images provided by CodeBuild"). */
export const environments = {
  "linux/amd64": { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" },
  "linux/arm64": { type: "ARM_CONTAINER", image: "aws/codebuild/amazonlinux-aarch64-standard:3.0" },
} as const;

/** What StartBuild says in variables: SOURCE, REGISTRY, ADDRESS, and BUILD, the whole docker command. */
const buildSpec = `version: 0.2
phases:
  pre_build:
    commands:
      - aws s3 cp "$SOURCE" source.tar.gz --only-show-errors
      - mkdir context
      - tar -xzf source.tar.gz -C context
      - aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"
  build:
    commands:
      - cd context && sh -c "$BUILD" && docker push "$ADDRESS"
`;

function template(app: string): Template {
  const name = buildProject(app);
  const logGroup = `/aws/codebuild/${name}`;
  return {
    Description: `Builds the images of ${app} where no container tool is at hand`,
    Resources: {
      LogGroup: { Type: "AWS::Logs::LogGroup", DeletionPolicy: "Delete", Properties: { LogGroupName: logGroup, RetentionInDays: 30 } },
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Service: "codebuild.amazonaws.com" }, Action: "sts:AssumeRole" }],
          },
          Policies: [{ PolicyName: "build", PolicyDocument: { Version: "2012-10-17", Statement: statements(app) } }],
        },
      },
      Project: {
        Type: "AWS::CodeBuild::Project",
        Properties: {
          Name: name,
          ServiceRole: { "Fn::GetAtt": ["Role", "Arn"] },
          Artifacts: { Type: "NO_ARTIFACTS" },
          Source: { Type: "NO_SOURCE", BuildSpec: buildSpec },
          Environment: {
            Type: environments["linux/amd64"].type,
            Image: environments["linux/amd64"].image,
            ComputeType: "BUILD_GENERAL1_MEDIUM",
            PrivilegedMode: true, // docker in docker
          },
          Cache: { Type: "LOCAL", Modes: ["LOCAL_DOCKER_LAYER_CACHE"] },
          LogsConfig: { CloudWatchLogs: { Status: "ENABLED", GroupName: { Ref: "LogGroup" } } },
          TimeoutInMinutes: 60,
        },
      },
    },
  };
}

/** Its own log, the app's sources, and the repositories that the app's stacks have made. */
function statements(app: string): object[] {
  const allow = (Action: string[], Resource: unknown, Condition?: object) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], { "Fn::GetAtt": ["LogGroup", "Arn"] }),
    allow(["s3:GetObject"], { "Fn::Sub": `arn:\${AWS::Partition}:s3:::plinth-\${AWS::AccountId}-\${AWS::Region}/sources/${app}/*` }),
    allow(["ecr:GetAuthorizationToken"], "*"),
    allow(
      [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      { "Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*" },
      { StringEquals: { "aws:ResourceTag/plinth:app": app } },
    ),
  ];
}
