/** AWSManagedRulesCommonRuleSet: rules for all web applications, against the commonest classes of attack. */
import { fields, header, larger, managedGroup, managedRule, regex, regexWith, transformed, xss } from "./managed-rule.ts";

const badBots =
  `nessus nmap nikto sqlmap acunetix dirbuster dirsearch w3af wpscan masscan zgrab havij netsparker openvas arachni gobuster ffuf
  jorgee morfeus zmeu whatweb skipfish webinspect appscan paros jaeles nuclei fimap grabber sqlninja brutus hydra`
    .split(/\s+/u)
    .join("|");

/** The instance metadata service, also as one number. */
const metadata = [
  "169\\.254\\.169\\.254",
  "169\\.254\\.170\\.2\\b",
  "fd00:ec2::254",
  "0xa9fea9fe",
  "\\b2852039166\\b",
  "\\b0251\\.0376\\.0251\\.0376\\b",
];

/** A path up and out, once; in texts, where people write such paths, twice. */
const traversal = ["(?:^|[/\\\\=])\\.\\.[/\\\\]", "[/\\\\]\\.\\.$"];
const deepTraversal = ["\\.\\.[/\\\\]\\.\\.[/\\\\]", "\\.\\.[/\\\\](?:etc|proc|windows|boot\\.ini)\\b"];

/** Addresses with an IPv4 host; this machine's own, 127.x, are what callbacks have in the embedded cloud. */
const octet = "\\.\\d{1,3}";
const remoteFile = [`(?:https?|ftps?|file)://(?:\\d{1,2}|1[013-9]\\d|12[0-689]|2\\d\\d)${octet}${octet}${octet}`];

const restricted = [
  "\\.(?:log|ini|bak|backup|old|orig|conf|cfg|config|sql|sqlite|mdb|swp|swo|dll|sys|cmd|bat|key|pem|asa|asax|csproj|vbproj|dbf|dos|pol|rdb|resources|resx|vsdisco|webinfo)$",
];

export const common = managedGroup(
  "AWSManagedRulesCommonRuleSet",
  700,
  "core-rule-set",
  "Contains rules that are generally applicable to web applications. This provides protection against exploitation of a wide range of vulnerabilities, including those described in OWASP publications.",
  [
    managedRule("NoUserAgent_HEADER", "NoUserAgent_Header", {
      NotStatement: {
        Statement: {
          SizeConstraintStatement: {
            ComparisonOperator: "GT",
            Size: 0,
            FieldToMatch: header("user-agent"),
            TextTransformations: transformed(),
          },
        },
      },
    }),
    managedRule("UserAgent_BadBots_HEADER", "BadBots_Header", regex(header("user-agent"), [`\\b(?:${badBots})`])),
    managedRule("SizeRestrictions_QUERYSTRING", "SizeRestrictions_QueryString", larger(fields.queryString, 2048)),
    managedRule("SizeRestrictions_Cookie_HEADER", "SizeRestrictions_Cookie_Header", larger(header("cookie"), 10_240)),
    managedRule("SizeRestrictions_BODY", "SizeRestrictions_Body", larger({ Body: { OversizeHandling: "MATCH" } }, 8192)),
    managedRule("SizeRestrictions_URIPATH", "SizeRestrictions_URIPath", larger(fields.uriPath, 1024)),
    managedRule("EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_Body", regex(fields.body, metadata)),
    managedRule("EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_Cookie", regex(fields.cookies, metadata)),
    managedRule("EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_URIPath", regex(fields.uriPath, metadata)),
    managedRule("EC2MetaDataSSRF_QUERYARGUMENTS", "EC2MetaDataSSRF_QueryArguments", regex(fields.queryArguments, metadata)),
    managedRule("GenericLFI_QUERYARGUMENTS", "GenericLFI_QueryArguments", regexWith(fields.queryArguments, "..", traversal)),
    managedRule("GenericLFI_URIPATH", "GenericLFI_URIPath", regexWith(fields.uriPath, "..", traversal)),
    managedRule("GenericLFI_BODY", "GenericLFI_Body", regexWith(fields.body, "..", deepTraversal)),
    managedRule("RestrictedExtensions_URIPATH", "RestrictedExtensions_URIPath", regexWith(fields.uriPath, ".", restricted)),
    managedRule(
      "RestrictedExtensions_QUERYARGUMENTS",
      "RestrictedExtensions_QueryArguments",
      regexWith(fields.queryArguments, ".", restricted),
    ),
    managedRule("GenericRFI_QUERYARGUMENTS", "GenericRFI_QueryArguments", regexWith(fields.queryArguments, "://", remoteFile)),
    managedRule("GenericRFI_BODY", "GenericRFI_Body", regexWith(fields.body, "://", remoteFile)),
    managedRule("GenericRFI_URIPATH", "GenericRFI_URIPath", regexWith(fields.uriPath, "://", remoteFile)),
    managedRule("CrossSiteScripting_COOKIE", "CrossSiteScripting_Cookie", xss(fields.cookies)),
    managedRule("CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_QueryArguments", xss(fields.queryArguments)),
    managedRule("CrossSiteScripting_BODY", "CrossSiteScripting_Body", xss(fields.body)),
    managedRule("CrossSiteScripting_URIPATH", "CrossSiteScripting_URIPath", xss(fields.uriPath)),
  ],
);
