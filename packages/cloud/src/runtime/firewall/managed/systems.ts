/** Managed groups for what an application runs on: its administration's paths, Linux, a POSIX shell. */
import { fields, managedGroup, managedRule, regex, regexWith } from "./managed-rule.ts";

export const adminProtection = managedGroup(
  "AWSManagedRulesAdminProtectionRuleSet",
  100,
  "admin-protection",
  "Contains rules that allow you to block external access to exposed admin pages. This may be useful if you are running third-party software or would like to reduce the risk of a malicious actor gaining administrative access to your application.",
  [
    managedRule(
      "AdminProtection_URIPATH",
      "AdminProtection_URIPath",
      regex(fields.uriPath, [
        "/(?:sqlmanager|phpmyadmin|pma|mysqladmin|myadmin|adminer|wp-admin|administrator|admin)(?:\\.php)?(?:/|$)",
        "/manager/html",
        "/axis2-admin",
        "/jmx-console",
      ]),
    ),
  ],
);

const files = [
  "/proc/(?:version|self|cpuinfo|meminfo|net|\\d+)\\b",
  "/etc/(?:passwd|shadow|group|hosts|sudoers|crontab|issue|ssh/|ssl/)",
  "/var/log/",
  "/root/\\.",
  "/dev/(?:tcp|udp)/",
];

export const linux = managedGroup(
  "AWSManagedRulesLinuxRuleSet",
  200,
  "linux-os",
  "Contains rules that block request patterns associated with exploitation of vulnerabilities specific to Linux, including LFI attacks. This can help prevent attacks that expose file contents or execute code for which the attacker should not have had access.",
  [
    managedRule("LFI_URIPATH", "LFI_URIPath", regexWith(fields.uriPath, "/", files)),
    managedRule("LFI_QUERYSTRING", "LFI_QueryString", regexWith(fields.queryString, "/", files)),
    managedRule(
      "LFI_HEADER",
      "LFI_Header",
      regexWith(
        { Headers: { MatchPattern: { ExcludedHeaders: ["referer", "origin"] }, MatchScope: "VALUE", OversizeHandling: "CONTINUE" } },
        "/",
        files,
      ),
    ),
  ],
);

const commands =
  "cat|ls|id|whoami|uname|wget|curl|nc|ncat|bash|sh|zsh|python[23]?|perl|ruby|php|echo|ping|rm|chmod|chown|kill|ps|env|printenv|sleep|nslookup|telnet";
const shell = [
  `(?:[;|&]|\`|\\$\\()\\s*(?:/(?:usr/)?bin/)?(?:${commands})\\s+[-/$\\w.]`,
  `(?:\`|\\$\\()\\s*(?:${commands})\\s*[\`)]`,
  "\\$(?:HOME|PATH|IFS|SHELL|PWD|USER)\\b",
  "\\$\\{(?:HOME|PATH|IFS|SHELL|PWD|USER)\\}",
];

export const posix = managedGroup(
  "AWSManagedRulesUnixRuleSet",
  100,
  "posix-os",
  "Contains rules that block request patterns associated with exploiting vulnerabilities specific to POSIX/POSIX-like OS, including LFI attacks. This can help prevent attacks that expose file contents or execute code for which access should not been allowed.",
  [
    managedRule("UNIXShellCommandsVariables_QUERYSTRING", "UNIXShellCommandsVariables_QueryString", regex(fields.queryArguments, shell)),
    managedRule("UNIXShellCommandsVariables_BODY", "UNIXShellCommandsVariables_Body", regex(fields.body, shell)),
    managedRule("UNIXShellCommandsVariables_HEADER", "UNIXShellCommandsVariables_Header", regexWith(fields.headers, "$", shell.slice(2))),
  ],
);
