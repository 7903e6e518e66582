/** Rules between security groups that the app made and somebody took away: what needs them waits until it times out. */
import type { Diagnosis, Finding, StageResource } from "../diagnosis.ts";

const ruleTypes = ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"];

export const securityGroupRuleMissing: Diagnosis = {
  title: "security groups let through what the app needs",
  async look({ aws, resources, options }) {
    const rules = resources.filter(({ type, physicalId }) => ruleTypes.includes(type) && physicalId.startsWith("sgr-"));
    const found: Finding[] = [];
    for (const region of new Set(rules.map((rule) => rule.region))) {
      const own = rules.filter((rule) => rule.region === region);
      const present = new Set<string>();
      for (let first = 0; first < own.length; first += 100) {
        const batch = own.slice(first, first + 100).map(({ physicalId }) => physicalId);
        // A filter passes over those that are not there, where naming them would be an error.
        const { SecurityGroupRules = [] } = await aws
          .in(region)
          .call("ec2", "DescribeSecurityGroupRules", { Filters: [{ Name: "security-group-rule-id", Values: batch }] });
        for (const { SecurityGroupRuleId = "" } of SecurityGroupRules) present.add(SecurityGroupRuleId);
      }
      found.push(...own.filter(({ physicalId }) => !present.has(physicalId)).map((rule) => finding(rule, options)));
    }
    return found;
  },
};

function finding({ stack, logicalId, physicalId, type }: StageResource, options: string): Finding {
  const way = type.endsWith("Ingress") ? "in" : "out";
  return {
    severity: "error",
    subject: logicalId,
    symptom: "is no rule of its security group any more",
    cause: `Somebody has taken away what let traffic ${way}: connections that need it time out.`,
    remedy: `Add it again as ${stack} has it, or take ${logicalId} out of the app, plinth deploy${options}, put it back and deploy again`,
    evidence: [`${physicalId} (${type}) of ${stack} does not exist`],
  };
}
