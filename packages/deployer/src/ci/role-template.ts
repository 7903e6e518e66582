/**
 * The roles of a stage's pipelines, as a CloudFormation template: one that deploys, for the workflow jobs of the stage's GitHub environment alone,
 * and one that plans, for pull requests. No keys: GitHub signs who asks (OpenID Connect). Their names lie outside of what they may change themselves.
 */
import type { Template } from "@plinth/cloudformation";
import { policyDocuments } from "./policy-documents.ts";
import { readOnly } from "./read-only.ts";
import type { Statement } from "./statement.ts";

export interface PipelineRoles {
  app: string;
  /** The stage, or `pr-*` for previews. */
  stage: string;
  /** As `acme/shop`. */
  repository: string;
  /** GitHub's environment, which may ask people for their approval. */
  environment: string;
  statements: readonly Statement[];
}

const issuer = "token.actions.githubusercontent.com";

/** Also what workflows name: `arn:aws:iam::ACCOUNT:role/plinth-ci-shop-prod`. */
export const roleName = (app: string, environment: string, purpose: "deploy" | "plan") =>
  `plinth-ci-${app}-${environment}${purpose === "plan" ? "-plan" : ""}`;

export function roleTemplate({ app, stage, repository, environment, statements }: PipelineRoles): Template {
  const deploys = policiesOf("Deploy", statements);
  const plans = policiesOf("Plan", readOnly(statements));
  return {
    Description: `What GitHub Actions of ${repository} may do to ${app} ${stage}: written by plinth ci init`,
    Parameters: {
      ProviderArn: {
        Type: "String",
        Default: "",
        Description: "GitHub's identity provider, where the account has it already; empty: it is made",
      },
    },
    Conditions: { MakesProvider: { "Fn::Equals": [{ Ref: "ProviderArn" }, ""] } },
    Resources: {
      Provider: {
        Type: "AWS::IAM::OIDCProvider",
        Condition: "MakesProvider",
        // Several roles use it, those of other apps, too.
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: { Url: `https://${issuer}`, ClientIdList: ["sts.amazonaws.com"] },
      },
      ...deploys,
      ...plans,
      DeployRole: role(roleName(app, environment, "deploy"), [`repo:${repository}:environment:${environment}`], Object.keys(deploys)),
      PlanRole: role(
        roleName(app, environment, "plan"),
        [`repo:${repository}:pull_request`, `repo:${repository}:environment:${environment}`],
        Object.keys(plans),
      ),
    },
    Outputs: { DeployRole: { Value: { "Fn::GetAtt": ["DeployRole", "Arn"] } }, PlanRole: { Value: { "Fn::GetAtt": ["PlanRole", "Arn"] } } },
  };
}

const policiesOf = (id: string, statements: readonly Statement[]): Template["Resources"] =>
  Object.fromEntries(
    policyDocuments(statements).map((document, index) => [
      `${id}Policy${index + 1}`,
      { Type: "AWS::IAM::ManagedPolicy", Properties: { PolicyDocument: document as never } },
    ]),
  );

function role(RoleName: string, subjects: string[], policies: string[]): Template["Resources"][string] {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName,
      MaxSessionDuration: 7_200,
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated: { "Fn::If": ["MakesProvider", { Ref: "Provider" }, { Ref: "ProviderArn" }] } },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: subjects } },
          },
        ],
      },
      ManagedPolicyArns: policies.map((id) => ({ Ref: id })),
    },
  };
}
