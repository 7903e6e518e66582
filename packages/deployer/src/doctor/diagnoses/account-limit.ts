/** Limits of the account, or of AWS where the tasks are to run, that a deployment runs into. */
import { deploymentCauses } from "../stack-causes.ts";
import { type Diagnosis, type Finding, someOf } from "../diagnosis.ts";

const limits =
  /LimitExceeded|limit (?:has been )?exceeded|exceeded? (?:the|your) (?:maximum|limit|quota)|service quota|reached the (?:maximum|limit)|maximum number of|TooMany(?!Requests)|AddressLimit|VpcLimit/iu;
const capacity =
  /Capacity is unavailable at this time|RESOURCE:(?:ENI|CPU|MEMORY)|InsufficientFreeAddresses|InsufficientDBInstanceCapacity/u;

/** Whether a line tells of one, so that others leave it to this diagnosis. */
export const isLimit = (line: string): boolean => limits.test(line) || capacity.test(line);

export const accountLimit: Diagnosis = {
  title: "no limit of the account stands in the way",
  async look({ aws, stacks, services, options }) {
    const found: Finding[] = [];
    const remedyOf = (lines: readonly string[]) =>
      lines.some((line) => capacity.test(line))
        ? `AWS has no room there now: plinth deploy${options} again, in other zones, or without spot: true`
        : `Ask for more at Service Quotas (aws service-quotas list-service-quotas shows them), or delete what is not needed; then plinth deploy${options}`;
    for (const { name, state, events, stopped } of services) {
      const lines = [...events, ...stopped.map(({ reason }) => reason)].filter(isLimit);
      if (lines.length === 0) continue;
      found.push({
        severity: state.running < state.desired ? "error" : "warning",
        subject: name,
        symptom: "gets no more tasks",
        cause: lines.some((line) => capacity.test(line))
          ? "AWS has no capacity, or the subnets have no free addresses, for another task."
          : "A limit of the account is reached.",
        remedy: remedyOf(lines),
        evidence: someOf([...new Set(lines)]),
      });
    }
    const ill = [...stacks.values()].filter(({ status }) => /FAILED|ROLLBACK/u.test(status) && !status.endsWith("_IN_PROGRESS"));
    for (const stack of ill) {
      const lines = (await deploymentCauses(aws.in(stack.region), stack)).filter(isLimit);
      if (lines.length === 0) continue;
      found.push({
        severity: "error",
        subject: stack.name,
        symptom: "ran into a limit",
        cause: "A limit of the account is reached.",
        remedy: remedyOf(lines),
        evidence: someOf(lines),
      });
    }
    return found;
  },
};
