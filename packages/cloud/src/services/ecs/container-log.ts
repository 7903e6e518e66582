/** A container's log configuration as a driver. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { Cloud } from "../../cloud.ts";
import { dropOutput, type LogDriver, openLogDriver } from "../../runtime/tasks/log-driver.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import type { Call } from "../../service.ts";

/** Without a configuration output is read and dropped. `callIn` calls as the execution role. */
export async function openContainerLog(
  cloud: Cloud,
  taskId: string,
  { name, logConfiguration }: ContainerDefinition,
  callIn: ((region: string) => Call) | undefined,
): Promise<LogDriver> {
  if (!logConfiguration) return dropOutput();
  const { logDriver, options = {} } = logConfiguration;
  const failure = (reason: string) => new TaskFailure(`ResourceInitializationError: failed to validate logger args: ${reason}`, name);
  if (logDriver !== "awslogs") throw failure(`the embedded cloud does not serve the log driver ${logDriver}, only awslogs`);
  if (!callIn) throw failure("the task definition has no execution role");
  const datetime = options["awslogs-datetime-format"];
  const pattern = options["awslogs-multiline-pattern"] ?? (datetime === undefined ? undefined : datetimePattern(datetime));
  let multilinePattern: RegExp | undefined;
  try {
    multilinePattern = pattern === undefined ? undefined : new RegExp(pattern);
  } catch {
    throw failure(`awslogs could not parse multiline pattern option ${pattern}`);
  }
  const prefix = options["awslogs-stream-prefix"];
  return openLogDriver(cloud, callIn(options["awslogs-region"]!), {
    group: options["awslogs-group"]!,
    stream: prefix ? `${prefix}/${name}/${taskId}` : taskId,
    createGroup: options["awslogs-create-group"] === "true",
    ...(multilinePattern && { multilinePattern }),
  });
}

/** A strftime format as a regular expression (Docker, "awslogs-datetime-format"). */
function datetimePattern(format: string): string {
  const parts: Record<string, string> = {
    A: "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
    a: "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)",
    B: "(?:January|February|March|April|May|June|July|August|September|October|November|December)",
    b: "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    d: "(?:0[1-9]|[12][0-9]|3[01])",
    f: "[0-9]{1,6}",
    H: "(?:[01][0-9]|2[0-3])",
    I: "(?:0[1-9]|1[0-2])",
    j: "[0-9]{3}",
    L: "\\.[0-9]{3}",
    M: "[0-5][0-9]",
    m: "(?:0[1-9]|1[0-2])",
    p: "[AP]M",
    S: "[0-5][0-9]",
    w: "[0-6]",
    Y: "[0-9]{4}",
    y: "[0-9]{2}",
    Z: "[A-Z]{1,4}T",
    z: "[+-][0-9]{4}",
    "%": "%",
  };
  return format.replace(/%(.)|([.*+?^${}()|[\]\\])/g, (whole, letter?: string, special?: string) =>
    special === undefined ? (parts[letter!] ?? whole) : `\\${special}`,
  );
}
