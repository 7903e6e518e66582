/** Tasks that run and do not pass their health check: the container's own, or the load balancer's. */
import { isAwsError, type Aws } from "../../aws.ts";
import { type Diagnosis, type Finding, type ServiceFacts, someOf } from "../diagnosis.ts";

export const healthCheckFails: Diagnosis = {
  title: "tasks pass their health checks",
  async look({ aws, services, options }) {
    const found = await Promise.all(services.map((service) => lookAt(aws, service, options)));
    return found.flat();
  },
};

async function lookAt(aws: Aws, service: ServiceFacts, options: string): Promise<Finding[]> {
  const { name, events, health, stopped, lastLines, state } = service;
  const told = events.filter((event) => /failed (container|ELB) health checks|is unhealthy in/u.test(event));
  const ended = stopped.filter(({ reason }) => /health checks?/iu.test(reason)).map(({ at, reason }) => `${at.toISOString()} ${reason}`);
  const unhealthy = health.filter((one) => one === "UNHEALTHY").length;
  const targets = await unhealthyTargets(aws, service.targetGroups);
  if (told.length + ended.length + unhealthy + targets.length === 0) return [];
  const refused = targets.some((line) => /Timeout|Connection|reset|refused/iu.test(line));
  return [
    {
      severity: state.running < state.desired || unhealthy > 0 || targets.length > 0 ? "error" : "warning",
      subject: name,
      symptom: "does not pass its health check",
      cause: refused
        ? "Nobody answers on its port: the program has not started, listens on another port or on 127.0.0.1 only, or a security group is closed."
        : "The program runs, but its health path does not answer as it should, or not in time.",
      remedy: `plinth logs ${name}${options} shows how it starts; compare port and health of ${name} in plinth.config.ts with what it serves`,
      evidence: [...someOf([...targets, ...ended, ...told]), ...lastLines.slice(-5).map((line) => `${name} | ${line}`)],
    },
  ];
}

async function unhealthyTargets(aws: Aws, groups: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const TargetGroupArn of groups) {
    try {
      const { TargetHealthDescriptions = [] } = await aws.call("elbv2", "DescribeTargetHealth", { TargetGroupArn });
      for (const { Target, TargetHealth } of TargetHealthDescriptions) {
        if (TargetHealth?.State !== "unhealthy") continue;
        lines.push(`${Target?.Id}:${Target?.Port} ${TargetHealth.Reason ?? ""}: ${TargetHealth.Description ?? ""}`);
      }
    } catch (error) {
      if (!isAwsError(error, "TargetGroupNotFoundException")) throw error;
      lines.push(`its target group is gone: ${TargetGroupArn}`);
    }
  }
  return lines;
}
