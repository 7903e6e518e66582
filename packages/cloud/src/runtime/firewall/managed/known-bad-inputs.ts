/** AWSManagedRulesKnownBadInputsRuleSet: rules against requests that are known to exploit or to look for a vulnerability. */
import { fields, header, managedGroup, managedRule, regex, regexWith, transformed } from "./managed-rule.ts";

const deserialization = [
  "java\\.lang\\.(?:runtime|processbuilder)\\b",
  "rO0AB[QX]",
  "\\baced0005",
  "ysoserial",
  "org\\.apache\\.commons\\.collections",
  "freemarker\\.template\\.utility\\.execute",
  "javax\\.script\\.scriptenginemanager",
  "class\\.module\\.classloader",
  "com\\.sun\\.rowset\\.jdbcrowsetimpl",
];

/** `${jndi:…}`, also behind the lookups that hide it. */
const log4j = ["\\$\\{[^}]{0,24}(?:jndi:|lower:|upper:|env:|sys:|java:|ctx:|date:|::-|:-\\w\\})"];

const exploitable = [
  "/\\.(?:git|svn|hg|aws|ssh)(?:/|$)",
  "/\\.(?:env|htaccess|htpasswd|ds_store|npmrc)(?:$|\\.)",
  "/(?:web-inf|meta-inf)/",
  "/wp-config\\.php",
  "/cgi-bin/.*(?:\\.\\.|%|bash|/sh)",
  "/actuator/(?:env|heapdump|gateway|jolokia)",
  "/_ignition/execute-solution",
  "/vendor/phpunit/",
  "/solr/admin/",
  "/(?:server-status|server-info)$",
  "/jenkins/script",
  "/boaform/",
  "/hnap1",
  "/autodiscover/autodiscover\\.json.*powershell",
];

/** A React server function's argument that reaches for the prototype. */
const reactFlight = ['\\$[0-9a-f]*:(?:__proto__|constructor)[:"]'];

export const knownBadInputs = managedGroup(
  "AWSManagedRulesKnownBadInputsRuleSet",
  200,
  "known-bad-inputs",
  "Contains rules that allow you to block request patterns that are known to be invalid and are associated with exploitation or discovery of vulnerabilities. This can help reduce the risk of a malicious actor discovering a vulnerable application.",
  [
    managedRule("JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_Header", regex(fields.headers, deserialization)),
    managedRule("JavaDeserializationRCE_BODY", "JavaDeserializationRCE_Body", regex(fields.body, deserialization)),
    managedRule("JavaDeserializationRCE_URIPATH", "JavaDeserializationRCE_URIPath", regex(fields.uriPath, deserialization)),
    managedRule("JavaDeserializationRCE_QUERYSTRING", "JavaDeserializationRCE_QueryString", regex(fields.queryString, deserialization)),
    // Load balancers of the embedded cloud are on this machine: with a port, the name of the host is no sign of an attack.
    managedRule("Host_localhost_HEADER", "Host_Localhost_Header", regex(header("host"), ["^localhost$"])),
    managedRule("PROPFIND_METHOD", "Propfind_Method", {
      ByteMatchStatement: {
        SearchString: Buffer.from("propfind"),
        PositionalConstraint: "EXACTLY",
        FieldToMatch: fields.method,
        TextTransformations: transformed("LOWERCASE"),
      },
    }),
    managedRule("ExploitablePaths_URIPATH", "ExploitablePaths_URIPath", regex(fields.uriPath, exploitable)),
    managedRule("Log4JRCE_HEADER", "Log4JRCE_Header", regexWith(fields.headers, "${", log4j)),
    managedRule("Log4JRCE_QUERYSTRING", "Log4JRCE_QueryString", regexWith(fields.queryString, "${", log4j)),
    managedRule("Log4JRCE_BODY", "Log4JRCE_Body", regexWith(fields.body, "${", log4j)),
    managedRule("Log4JRCE_URIPATH", "Log4JRCE_URIPath", regexWith(fields.uriPath, "${", log4j)),
    managedRule("ReactJSRCE_BODY", "ReactJSRCE_Body", regexWith(fields.body, "$", reactFlight)),
  ],
);
