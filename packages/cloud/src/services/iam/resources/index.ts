/** The CloudFormation types that IAM makes. */
import type { ResourceHandlers } from "../../../resource.ts";
import { instanceProfile } from "./InstanceProfile.ts";
import { managedPolicy } from "./ManagedPolicy.ts";
import { oidcProvider } from "./OIDCProvider.ts";
import { policy } from "./Policy.ts";
import { role } from "./Role.ts";
import { user } from "./User.ts";

export const iamResources: ResourceHandlers = {
  "AWS::IAM::InstanceProfile": instanceProfile,
  "AWS::IAM::ManagedPolicy": managedPolicy,
  "AWS::IAM::OIDCProvider": oidcProvider,
  "AWS::IAM::Policy": policy,
  "AWS::IAM::Role": role,
  "AWS::IAM::User": user,
};
