/** AWSManagedRulesSQLiRuleSet: rules against SQL injection. */
import { fields, managedGroup, managedRule, regexWith, sqli } from "./managed-rule.ts";

/** What no harmless text has, wherever it stands in one that does not read as SQL from its beginning. */
const extended = [
  "\\bunion(?:\\s|/\\*[^*]*\\*/)+all(?:\\s|/\\*[^*]*\\*/)+select\\b",
  "\\bunion(?:\\s|/\\*[^*]*\\*/)+select(?:\\s|/\\*[^*]*\\*/)+(?:null|\\d|@@|char\\(|concat)",
  "\\b(?:pg_sleep|benchmark|extractvalue|updatexml|load_file|xp_cmdshell|randomblob)\\(",
  "\\bwaitfor\\s+delay\\s+'",
  "\\binto\\s+(?:out|dump)file\\s+'",
  "\\bfrom\\s+information_schema\\.",
  "\\bexec(?:ute)?\\s+(?:master\\.\\.)?xp_",
  ";\\s*drop\\s+(?:table|database)\\s+\\w+\\s*(?:;|--|#|$)",
];

export const sqlDatabase = managedGroup(
  "AWSManagedRulesSQLiRuleSet",
  200,
  "sql-database",
  "Contains rules that allow you to block request patterns associated with exploitation of SQL databases, like SQL injection attacks.",
  [
    managedRule("SQLi_QUERYARGUMENTS", "SQLi_QueryArguments", sqli(fields.queryArguments)),
    managedRule(
      "SQLiExtendedPatterns_QUERYARGUMENTS",
      "SQLiExtendedPatterns_QueryArguments",
      regexWith(fields.queryArguments, " ", extended),
    ),
    managedRule("SQLi_BODY", "SQLi_Body", sqli(fields.body)),
    managedRule("SQLiExtendedPatterns_BODY", "SQLiExtendedPatterns_Body", regexWith(fields.body, " ", extended)),
    managedRule("SQLi_COOKIE", "SQLi_Cookie", sqli(fields.cookies)),
    managedRule("SQLi_URIPATH", "SQLi_URIPath", sqli(fields.uriPath)),
  ],
);
