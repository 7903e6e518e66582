/** Roles that tasks cannot have: deleted by hand, or no longer trusting ECS. */
import { type Diagnosis, type Finding, someOf } from "../diagnosis.ts";

const refused = /unable to assume (?:the )?role '?(?<role>[^' ]+)/u;

export const roleNotAssumable: Diagnosis = {
  title: "tasks can have their roles",
  look({ services, options }) {
    return services.flatMap(({ name, state, events, stopped }): Finding[] => {
      const lines = [...new Set([...stopped.map(({ reason }) => reason), ...events].filter((line) => refused.test(line)))];
      const [line] = lines;
      if (line === undefined) return [];
      const role = refused.exec(line)!.groups!["role"]!;
      return [
        {
          severity: state.running < state.desired ? "error" : "warning",
          subject: name,
          symptom: "gets no tasks: its role cannot be had",
          cause: `${role.slice(role.lastIndexOf("/") + 1)} is gone, or its trust policy lets ecs-tasks.amazonaws.com no longer have it.`,
          remedy: `aws iam get-role --role-name ${role.slice(role.lastIndexOf("/") + 1)} shows it. plinth plan${options} names what was changed by hand; let it trust ECS again, then plinth restart ${name}${options}`,
          evidence: someOf(lines, 3),
        },
      ];
    });
  },
};
