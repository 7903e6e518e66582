/** The grammar of policy documents, and the words with which IAM refuses what does not follow it. */
import { conditionOperators } from "../../identity/conditions.ts";
import { malformedPolicy } from "./errors.ts";

type Json = Record<string, unknown>;

const statementMembers = ["Sid", "Action", "NotAction", "Resource", "NotResource", "Effect", "Principal", "NotPrincipal", "Condition"];
const operators = new Set(conditionOperators);
const partitions = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];
const syntaxError = () => malformedPolicy("Syntax errors in policy.");
const legacyError = () => malformedPolicy("The policy failed legacy parsing");

/** Checks an identity policy. Throws MalformedPolicyDocument. */
export function checkIdentityPolicy(text: string): void {
  const { statements, resourceFault } = checkStatements(text);
  checkActionsPresent(statements);
  if (resourceFault) throw malformedPolicy(resourceFault);
  checkActionNames(statements);
  if (statements.some((statement) => statement.Principal !== undefined || statement.NotPrincipal !== undefined))
    throw malformedPolicy("Policy document should not specify a principal.");
  if (statements.some((statement) => valuesOf(statement, "Resource", "NotResource").length === 0))
    throw malformedPolicy("Policy statement must contain resources.");
}

const trustActions = [
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:DecodeAuthorizationMessage",
  "sts:GetAccessKeyInfo",
  "sts:GetCallerIdentity",
  "sts:GetFederationToken",
  "sts:GetServiceBearerToken",
  "sts:GetSessionToken",
  "sts:SetContext",
  "sts:SetSourceIdentity",
  "sts:TagSession",
];

/**
 * Checks a role's trust policy. `principalExists` says of an ARN in this account whether there is such a role or user.
 * Throws MalformedPolicyDocument.
 */
export function checkTrustPolicy(text: string, principalExists: (arn: string) => boolean): void {
  const { statements, resourceFault } = checkStatements(text, true);
  checkActionsPresent(statements);
  if (resourceFault) throw malformedPolicy(resourceFault);
  checkActionNames(statements);
  for (const statement of statements) {
    if (
      valuesOf(statement, "Action", "NotAction").some(
        (action) => !trustActions.some((known) => known.toLowerCase() === action.toLowerCase()) && !/^(?:\*|sts:.*\*.*)$/i.test(action),
      )
    )
      throw malformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.");
    if (statement.Resource !== undefined || statement.NotResource !== undefined) throw malformedPolicy("Has prohibited field Resource");
    const principal = statement.Principal ?? statement.NotPrincipal;
    if (principal === undefined) throw malformedPolicy("Missing required field Principal");
    checkPrincipal(principal, principalExists);
  }
}

function checkPrincipal(principal: unknown, exists: (arn: string) => boolean): void {
  if (principal === "*") return;
  if (typeof principal !== "object" || principal === null || Array.isArray(principal))
    throw malformedPolicy("Invalid principal in policy.");
  for (const [kind, given] of Object.entries(principal)) {
    if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(kind)) throw malformedPolicy(`Invalid principal in policy: "${kind}"`);
    for (const name of list(given)) {
      const text = String(name);
      const valid =
        kind === "AWS"
          ? text === "*" || /^\d{12}$/.test(text) || /^(AROA|AIDA)[A-Z0-9]{12,}$/.test(text) || awsPrincipal(text, exists)
          : kind !== "Service" || /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$|^[a-z0-9-]+\.aws\.internal$/.test(text);
      if (!valid) throw malformedPolicy(`Invalid principal in policy: "${kind === "Service" ? "SERVICE" : kind}":"${text}"`);
    }
  }
}

/** Roles and users of other accounts cannot be looked up here; those of this one must be there. */
function awsPrincipal(arn: string, exists: (arn: string) => boolean): boolean {
  if (/^arn:aws[a-z-]*:iam::\d{12}:root$/.test(arn)) return true;
  if (!/^arn:aws[a-z-]*:(iam|sts)::\d{12}:(role|user|assumed-role|federated-user)\/.+$/.test(arn)) return false;
  return exists(arn);
}

interface Checked {
  statements: Json[];
  /** The first fault of a resource's form, which AWS tells only after the faults of grammar. */
  resourceFault?: string;
}

function checkStatements(text: string, trust = false): Checked {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw trust ? malformedPolicy("This policy contains invalid Json") : syntaxError();
  }
  if (!isObject(document)) throw syntaxError();
  const { Version: version, Id: id, Statement: given } = document;
  if (Object.keys(document).some((key) => !["Version", "Id", "Statement", "Conditions"].includes(key))) throw syntaxError();
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") throw syntaxError();
  if (id !== undefined && typeof id !== "string") throw syntaxError();
  const statements = list(given);
  if (statements.length === 0 || !statements.every(isStatement)) throw syntaxError();
  // A trust policy may be of the old version, or name none, which means the old one: so are those of the CDK's bootstrap.
  if (version !== "2012-10-17" && !trust) throw malformedPolicy("Policy document must be version 2012-10-17 or greater.");
  for (const statement of statements) {
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw legacyError();
    checkDates(statement.Condition as Json | undefined);
  }
  const resourceFault = checkResources(statements);
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined && sid !== "");
  if (new Set(sids).size < sids.length) throw malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  return { statements, ...(resourceFault !== undefined && { resourceFault }) };
}

/** Whether it is a statement at all: known members, of their types. */
function isStatement(statement: unknown): statement is Json {
  if (!isObject(statement)) return false;
  if (Object.keys(statement).some((key) => !statementMembers.includes(key))) return false;
  const { Effect, Sid, Condition } = statement;
  if (typeof Effect !== "string" || !["allow", "deny"].includes(Effect.toLowerCase())) return false;
  if (Sid !== undefined && typeof Sid !== "string") return false;
  for (const [one, other] of [
    ["Action", "NotAction"],
    ["Resource", "NotResource"],
    ["Principal", "NotPrincipal"],
  ] as const)
    if (statement[one] !== undefined && statement[other] !== undefined) return false;
  for (const member of ["Action", "NotAction", "Resource", "NotResource"] as const) {
    const value = statement[member];
    if (
      value !== undefined &&
      typeof value !== "string" &&
      !(Array.isArray(value) && value.every((each) => each === null || typeof each === "string"))
    )
      return false;
  }
  return Condition === undefined || (isObject(Condition) && Object.entries(Condition).every(([name, keys]) => isCondition(name, keys)));
}

function isCondition(name: string, keys: unknown): boolean {
  if (!isObject(keys)) return false;
  if (!Object.values(keys).every((value) => ["boolean", "string", "number"].includes(typeof value) || Array.isArray(value))) return false;
  const operator = name.replace(/^(ForAnyValue|ForAllValues):/, "").replace(/IfExists$/, "");
  return operators.has(operator) || Object.keys(keys).length === 0;
}

/** Dates are ISO 8601 or seconds; AWS's older parser, which still looks at them, takes nothing else. */
function checkDates(conditions: Json | undefined): void {
  for (const [name, keys] of Object.entries(conditions ?? {})) {
    if (!name.replace(/^(ForAnyValue|ForAllValues):/, "").startsWith("Date")) continue;
    for (const value of Object.values(keys as Json).flatMap(list)) if (!isDate(String(value))) throw legacyError();
  }
}

function isDate(text: string): boolean {
  if (!/[tT-]/.test(text)) return /^\d+$/.test(text) && BigInt(text) <= 9223372036854775807n;
  const parts =
    /^(-?\d{1,9})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[tT](?:(\d{1,2})(?::(\d{1,2}))?(?::(\d{1,2})(?:\.\d{1,9})?)?(?:[zZ]|[+-]\d{2}(?::\d{2})?)?)?)?$/.exec(
      text,
    );
  if (!parts) return false;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Math.abs(year) <= 292_275_054 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 59;
}

const iamResources = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

/** The first fault in the form of a resource, or `undefined`. Throws where AWS's older parser fails. */
function checkResources(statements: readonly Json[]): string | undefined {
  let fault: string | undefined;
  for (const statement of statements) {
    const resources = valuesOf(statement, "Resource", "NotResource");
    for (const resource of resources.toSorted()) fault ??= faultOfResource(resource);
    if (fault !== undefined) continue;
    for (const resource of resources) {
      if (resource === "*") continue;
      const parts = resource.split(":");
      if (parts.length < 6 && resource.includes("::")) throw legacyError();
      if (parts[2] === "") throw legacyError();
    }
  }
  return fault;
}

function faultOfResource(resource: string): string | undefined {
  if (resource === "*") return undefined;
  const [prefix, partition, service, region, , ...rest] = resource.split(":");
  if (partition === undefined || prefix === undefined) return `Resource ${resource} must be in ARN format or "*".`;
  if (partition !== "*" && !partitions.includes(partition)) {
    const [, , ...remaining] = resource.split(":");
    const at = (index: number) =>
      remaining[index] !== undefined && (index > 0 || remaining[0] !== "" || remaining.length > 1) ? remaining[index] : "*";
    const last = remaining.length > 3 ? remaining.slice(3).join(":") : "*";
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${at(0)}:${at(1)}:${at(2)}:${last}".`;
  }
  if (service === undefined) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const id = rest.join(":");
  if (service === "iam") {
    if (region !== undefined && region !== "") return `IAM resource ${resource} cannot contain region information.`;
    if (!iamResources.some((start) => id.startsWith(start)) && id !== "*" && rest.length > 0)
      return `IAM resource path must either be "*" or start with ${iamResources.join(", ")}.`;
  }
  if (service === "s3" && region !== undefined && region !== "" && !id.startsWith("accesspoint/"))
    return `Resource ${resource} can not contain region information.`;
  return undefined;
}

function checkActionsPresent(statements: readonly Json[]): void {
  if (
    statements.some(
      (statement) => valuesOf(statement, "Action", "NotAction").length === 0 && statement.Action !== "" && statement.NotAction !== "",
    )
  )
    throw malformedPolicy("Policy statement must contain actions.");
}

function checkActionNames(statements: readonly Json[]): void {
  for (const statement of statements)
    for (const action of valuesOf(statement, "Action", "NotAction")) {
      if (action === "*") continue;
      const [vendor = "", ...names] = action.split(":");
      if (names.length === 0) throw malformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      if (names.length > 1) throw malformedPolicy("Actions/Condition can contain only one colon.");
      if (vendor !== "*" && /[^a-zA-Z0-9\-.]/.test(vendor)) throw malformedPolicy(`Vendor ${vendor} is not valid`);
    }
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const valuesOf = (statement: Json, one: string, other: string): string[] =>
  list(statement[one] ?? statement[other])
    .filter((value) => value !== null)
    .map(String);
