/** Which website configurations a bucket takes, refused in AWS's words. */
import type { RoutingRule, WebsiteConfiguration } from "@aws-sdk/client-s3";
import { invalidArgument, invalidRequest, malformedXml } from "./errors.ts";

export function website({ IndexDocument, RedirectAllRequestsTo, ErrorDocument, RoutingRules }: WebsiteConfiguration): void {
  if (RedirectAllRequestsTo) {
    if (!RedirectAllRequestsTo.HostName) throw malformedXml();
    if (IndexDocument ?? ErrorDocument ?? RoutingRules)
      throw invalidArgument(
        "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
        "RedirectAllRequestsTo",
        "not null",
      );
    checkProtocol(RedirectAllRequestsTo.Protocol);
    return;
  }
  if (IndexDocument?.Suffix === undefined) {
    throw invalidArgument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", "IndexDocument", "null");
  }
  if (IndexDocument.Suffix === "" || IndexDocument.Suffix.includes("/"))
    throw invalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", IndexDocument.Suffix);
  if (ErrorDocument && !ErrorDocument.Key) throw malformedXml();
  if (!RoutingRules) return;
  if (RoutingRules.length === 0) throw malformedXml();
  if (RoutingRules.length > mostRules) {
    throw invalidRequest(
      `${RoutingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${mostRules}.`,
    );
  }
  for (const rule of RoutingRules) checkRoutingRule(rule);
}

const mostRules = 50;

function checkRoutingRule({ Condition, Redirect }: RoutingRule): void {
  const { ReplaceKeyPrefixWith, ReplaceKeyWith, Protocol, HttpRedirectCode: code } = Redirect ?? {};
  if (ReplaceKeyPrefixWith !== undefined && ReplaceKeyWith !== undefined)
    throw invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  if (Condition && Condition.KeyPrefixEquals === undefined && Condition.HttpErrorCodeReturnedEquals === undefined) {
    throw invalidRequest(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    );
  }
  if (code !== undefined && (!/^3\d\d$/u.test(code) || code === "300"))
    throw invalidRequest(`The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`);
  const returned = Condition?.HttpErrorCodeReturnedEquals;
  if (returned !== undefined && !/^[45]\d\d$/u.test(returned))
    throw invalidRequest(`The provided HTTP error code (${returned}) is not valid. Valid codes are 4XX or 5XX.`);
  checkProtocol(Protocol);
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol === undefined || protocol === "http" || protocol === "https") return;
  throw invalidRequest("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
}
