/** Shells, databases and the like are not open to everybody. */
import { openRules } from "../open-rules.ts";
import { portsText } from "../reach/groups.ts";
import type { Rule } from "../rule.ts";

/** What has no business with the internet: shells, desktops, databases, caches, file shares, consoles (EC2.19, without ports of web programs). */
const grave = [
  20, 21, 22, 23, 25, 110, 111, 135, 137, 139, 143, 445, 1433, 1434, 1521, 2049, 2375, 2376, 3306, 3389, 4333, 5432, 5500, 5601, 5984, 6379,
  9200, 9300, 11_211, 27_017,
];

const types = ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"];

export const rule: Rule = {
  id: "open-admin-port",
  severity: "high",
  controls: ["EC2.13", "EC2.14", "EC2.19", "EC2.53", "EC2.54", "CIS 5.2", "CIS 5.3"],
  types,
  reason: "Such ports are found and tried within minutes.",
  remedy: "Name a security group, or your own addresses; for a shell use ECS Exec or Session Manager.",
  find: (facts) =>
    openRules(facts).flatMap(({ holder, ...ports }) => {
      const open = grave.filter((port) => ports.from <= port && port <= ports.to);
      return open.length > 0 ? [{ resource: holder, what: `${portsText(ports)} is open to everybody` }] : [];
    }),
};
