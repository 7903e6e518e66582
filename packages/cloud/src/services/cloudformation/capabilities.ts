/** What a template needs the caller to acknowledge: identities, identities with names of their own, macros. */
import type { Template } from "@plinth/cloudformation";
import { insufficientCapabilities } from "./errors.ts";
import { hasTransforms } from "./expansion.ts";

/** The types of identities, with the property that names one (AWS: "Acknowledging IAM resources in CloudFormation templates"). */
const identities: Readonly<Record<string, string | undefined>> = {
  "AWS::IAM::AccessKey": undefined,
  "AWS::IAM::Group": "GroupName",
  "AWS::IAM::InstanceProfile": "InstanceProfileName",
  "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
  "AWS::IAM::Policy": undefined,
  "AWS::IAM::Role": "RoleName",
  "AWS::IAM::User": "UserName",
  "AWS::IAM::UserToGroupAddition": undefined,
};

export interface RequiredCapabilities {
  capabilities: ("CAPABILITY_IAM" | "CAPABILITY_NAMED_IAM" | "CAPABILITY_AUTO_EXPAND")[];
  /** `The following resource(s) require capabilities: […]`. */
  reason?: string;
}

export function requiredCapabilities(template: Template): RequiredCapabilities {
  const found = Object.values(template.Resources).filter(({ Type }) => Object.hasOwn(identities, Type));
  const isNamed = found.some(({ Type, Properties }) => identities[Type] !== undefined && Properties?.[identities[Type]!] !== undefined);
  const macros = [template.Transform ?? []].flat().length > 0 || hasTransforms(template);
  const capabilities: RequiredCapabilities["capabilities"] =
    found.length === 0 ? [] : [isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"];
  if (macros) capabilities.push("CAPABILITY_AUTO_EXPAND");
  const types = [...new Set(found.map(({ Type }) => Type))];
  return {
    capabilities,
    ...(types.length === 0 ? {} : { reason: `The following resource(s) require capabilities: [${types.join(", ")}]` }),
  };
}

/** @throws InsufficientCapabilitiesException */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  const allowed = new Set(given);
  if (allowed.has("CAPABILITY_NAMED_IAM")) allowed.add("CAPABILITY_IAM");
  const missing = requiredCapabilities(template).capabilities.filter((one) => !allowed.has(one));
  if (missing.length > 0) throw insufficientCapabilities(missing);
}

/** Before any transform is run: what it makes is not known yet. @throws InsufficientCapabilitiesException */
export function checkMayTransform(given: readonly string[]): void {
  if (!given.includes("CAPABILITY_AUTO_EXPAND")) throw insufficientCapabilities(["CAPABILITY_AUTO_EXPAND"]);
}
