/** The actions of rules and listeners: AWS's checks, what it fills in, and what the data plane makes of them. */
import type { Action, RuleTransform } from "@aws-sdk/client-elastic-load-balancing-v2";
import { checkConstraints } from "../../constraints.ts";
import type { ActionSpec, TransformSpec } from "../../runtime/load-balancer/specification.ts";
import { isExpression } from "./conditions.ts";
import { invalidAction, refused, targetGroupNotFound, validationError } from "./errors.ts";
import { type Scope, targetGroups } from "./records.ts";

const served = ["forward", "redirect", "fixed-response"];
const contentTypes = ["text/html", "application/json", "application/javascript", "text/css", "text/plain"];
const maxGroups = 5;
const maxWeight = 999;

/** Checks them and fills in AWS's defaults. `path` names the member in messages: `actions`, `defaultActions`. */
export function readActions(scope: Scope, given: readonly Action[], path: string, listener: { protocol: string; port: number }): Action[] {
  if (given.length === 0) throw validationError("You must specify at least one action");
  const ordered = given.toSorted((a, b) => (a.Order ?? 1) - (b.Order ?? 1));
  for (const [index, { Type: type }] of ordered.entries()) {
    if (type === "authenticate-oidc" || type === "authenticate-cognito" || type === "jwt-validation")
      throw refused(`the action ${type} of load balancers`);
    if (!served.includes(type!)) {
      throw validationError(
        `1 validation error detected: Value '${type}' at '${path}.${index + 1}.member.type' failed to satisfy constraint: Member must satisfy enum value set: [forward, redirect, fixed-response]`,
      );
    }
  }
  if (ordered.length > 1) {
    throw invalidAction("A rule must have exactly one action of the types forward, redirect and fixed-response");
  }
  return ordered.map((action, index) => {
    const order = action.Order === undefined ? {} : { Order: action.Order };
    checkConstraints("ValidationError", { [`${path}.${index + 1}.member.order`]: [action.Order, { range: [1, 50_000] }] });
    if (action.Type === "forward") return { Type: "forward", ...order, ...readForward(scope, action) };
    if (action.Type === "redirect")
      return { Type: "redirect", ...order, RedirectConfig: readRedirect(action, `${path}.${index + 1}`, listener) };
    return { Type: "fixed-response", ...order, FixedResponseConfig: readFixed(action, `${path}.${index + 1}`) };
  });
}

function readForward(
  { cloud, region }: Scope,
  { TargetGroupArn, ForwardConfig }: Action,
): Pick<Action, "TargetGroupArn" | "ForwardConfig"> {
  const listed = ForwardConfig?.TargetGroups ?? [];
  if (TargetGroupArn !== undefined && listed.length > 0 && !(listed.length === 1 && listed[0]!.TargetGroupArn === TargetGroupArn)) {
    throw validationError("You cannot specify both a target group ARN and a list of other target groups in an action of type 'forward'");
  }
  const groups = (listed.length > 0 ? listed : TargetGroupArn === undefined ? [] : [{ TargetGroupArn }]) as {
    TargetGroupArn?: string;
    Weight?: number;
  }[];
  if (groups.length === 0) throw validationError("A target group ARN must be specified");
  if (groups.length > maxGroups)
    throw validationError(`You can specify at most '${maxGroups}' target groups in an action of type 'forward'`);
  const weighted = groups.map(({ TargetGroupArn: arn = "", Weight = 1 }) => {
    if (!targetGroups(cloud).has(region, arn)) throw targetGroupNotFound(arn);
    if (Weight < 0 || Weight > maxWeight) throw validationError(`The weight '${Weight}' must be between '0' and '${maxWeight}' inclusive`);
    return { TargetGroupArn: arn, Weight };
  });
  if (new Set(weighted.map(({ TargetGroupArn: arn }) => arn)).size < weighted.length)
    throw validationError("A target group can be specified only once in an action of type 'forward'");
  const sticky = ForwardConfig?.TargetGroupStickinessConfig;
  const enabled = sticky?.Enabled ?? false;
  if (enabled && sticky?.DurationSeconds === undefined)
    throw validationError("A duration must be specified to enable target group stickiness");
  if (sticky?.DurationSeconds !== undefined && (sticky.DurationSeconds < 1 || sticky.DurationSeconds > 604_800))
    throw validationError(`The duration '${sticky.DurationSeconds}' must be between '1' and '604800' inclusive`);
  return {
    ...(weighted.length === 1 && { TargetGroupArn: weighted[0]!.TargetGroupArn }),
    ForwardConfig: {
      TargetGroups: weighted,
      TargetGroupStickinessConfig: {
        Enabled: enabled,
        ...(sticky?.DurationSeconds !== undefined && { DurationSeconds: sticky.DurationSeconds }),
      },
    },
  };
}

function readRedirect(
  { RedirectConfig: given }: Action,
  path: string,
  listener: { protocol: string; port: number },
): NonNullable<Action["RedirectConfig"]> {
  if (!given) throw validationError("A redirect configuration must be specified for an action of type 'redirect'");
  const at = `${path}.member.redirectConfig`;
  checkConstraints("ValidationError", {
    [`${at}.statusCode`]: [given.StatusCode ?? "", { enum: ["HTTP_301", "HTTP_302"] }],
    [`${at}.protocol`]: [given.Protocol, { pattern: "^(HTTPS?|#\\{protocol\\})$" }],
    [`${at}.host`]: [given.Host, { length: [1, 128] }],
    [`${at}.path`]: [given.Path, { length: [1, 128] }],
    [`${at}.query`]: [given.Query, { length: [0, 128] }],
  });
  const { Protocol = "#{protocol}", Host = "#{host}", Port = "#{port}", Path = "/#{path}", Query = "#{query}", StatusCode } = given;
  if (Port !== "#{port}" && !(/^\d{1,5}$/.test(Port) && Number(Port) >= 1 && Number(Port) <= 65_535))
    throw validationError(`The redirect port '${Port}' must be a number between 1 and 65535, or '#{port}'`);
  if (!Path.startsWith("/")) throw validationError("The redirect path must begin with '/'");
  const samePlace =
    (Protocol === "#{protocol}" || Protocol === listener.protocol) &&
    Host === "#{host}" &&
    (Port === "#{port}" || Port === String(listener.port)) &&
    Path === "/#{path}";
  if (samePlace) throw invalidAction("The redirect configuration is not valid because it creates a loop.");
  return { Protocol, Host, Port, Path, Query, StatusCode };
}

function readFixed({ FixedResponseConfig: given }: Action, path: string): NonNullable<Action["FixedResponseConfig"]> {
  if (!given) throw validationError("A fixed response configuration must be specified for an action of type 'fixed-response'");
  checkConstraints("ValidationError", {
    [`${path}.member.fixedResponseConfig.statusCode`]: [given.StatusCode ?? "", { pattern: "^(2|4|5)\\d\\d$" }],
    [`${path}.member.fixedResponseConfig.messageBody`]: [given.MessageBody, { length: [0, 1024] }],
  });
  if (given.ContentType !== undefined && given.ContentType !== "" && !contentTypes.includes(given.ContentType)) {
    throw invalidAction(`The ContentType must be one of:'${contentTypes.join("', '")}'`);
  }
  return {
    StatusCode: given.StatusCode,
    ...(given.MessageBody !== undefined && { MessageBody: given.MessageBody }),
    ...(given.ContentType && { ContentType: given.ContentType }),
  };
}

const maxRewriteLength = 1024;

export function readTransforms(given: readonly RuleTransform[] | undefined): RuleTransform[] {
  return (given ?? []).map((transform, _, all) => {
    const { Type, UrlRewriteConfig, HostHeaderRewriteConfig } = transform;
    if (Type !== "url-rewrite" && Type !== "host-header-rewrite")
      throw validationError(`Transform type '${Type}' must be one of '[host-header-rewrite, url-rewrite]'`);
    if (all.filter((each) => each.Type === Type).length > 1) throw validationError(`A rule can only have one '${Type}' transform`);
    const rewrites = (Type === "url-rewrite" ? UrlRewriteConfig : HostHeaderRewriteConfig)?.Rewrites ?? [];
    if (rewrites.length !== 1) throw validationError(`A transform of type '${Type}' must have exactly one rewrite`);
    for (const { Regex = "", Replace = "" } of rewrites) {
      if (Regex.length === 0 || Regex.length > maxRewriteLength || Replace.length > maxRewriteLength)
        throw validationError(`The regular expression and the replacement of a rewrite can have up to '${maxRewriteLength}' characters`);
      if (!isExpression(Regex)) throw validationError(`The regular expression '${Regex}' is not valid`);
    }
    return transform;
  });
}

export function actionSpec(action: Action): ActionSpec {
  const { FixedResponseConfig: fixed, RedirectConfig: redirect, ForwardConfig: forward } = action;
  if (fixed)
    return { type: "fixed-response", status: Number(fixed.StatusCode), contentType: fixed.ContentType, body: fixed.MessageBody ?? "" };
  if (redirect) {
    const { Protocol, Host, Port, Path, Query, StatusCode } = redirect;
    return {
      type: "redirect",
      status: StatusCode === "HTTP_301" ? 301 : 302,
      protocol: Protocol!,
      host: Host!,
      port: Port!,
      path: Path!,
      query: Query!,
    };
  }
  const sticky = forward!.TargetGroupStickinessConfig;
  return {
    type: "forward",
    targetGroups: forward!.TargetGroups!.map(({ TargetGroupArn, Weight = 1 }) => ({ arn: TargetGroupArn!, weight: Weight })),
    stickySeconds: sticky?.Enabled ? sticky.DurationSeconds : undefined,
  };
}

export function transformSpec({ Type, UrlRewriteConfig, HostHeaderRewriteConfig }: RuleTransform): TransformSpec {
  const rewrites = (UrlRewriteConfig ?? HostHeaderRewriteConfig)?.Rewrites ?? [];
  return { type: Type!, rewrites: rewrites.map(({ Regex, Replace }) => ({ regex: Regex!, replace: Replace! })) };
}
