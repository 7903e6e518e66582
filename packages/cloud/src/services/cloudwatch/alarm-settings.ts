/** What PutMetricAlarm and PutCompositeAlarm take alike: the name, the actions, the tags; and what they leave of an alarm that is there. */
import type { OperationContext } from "../../service.ts";
import { alarmArn, type AlarmBase, type AlarmRecord } from "./alarms.ts";
import { validationError } from "./errors.ts";
import { tagRecord } from "./tags.ts";

interface AlarmSettings {
  AlarmName: string | undefined;
  AlarmDescription?: string | undefined;
  ActionsEnabled?: boolean | undefined;
  OKActions?: string[] | undefined;
  AlarmActions?: string[] | undefined;
  InsufficientDataActions?: string[] | undefined;
  Tags?: Parameters<typeof tagRecord>[0];
}

export function checkActions({ OKActions = [], AlarmActions = [], InsufficientDataActions = [] }: AlarmSettings): void {
  for (const action of [...OKActions, ...AlarmActions, ...InsufficientDataActions]) {
    if (!/^arn:[\w-]+:[\w-]+:[\w-]*:[\w-]*:.+$/u.test(action)) throw validationError(`Invalid arn syntax: ${action}`);
  }
}

/** The alarm as `input` has it; of `previous`, the one of that name, it keeps the state. */
export function configured(input: AlarmSettings, previous: AlarmRecord | undefined, context: OperationContext): AlarmBase {
  const nowMs = context.cloud.world.clock.nowMs();
  return {
    name: input.AlarmName!,
    arn: alarmArn(context, input.AlarmName!),
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    state: previous?.state ?? "INSUFFICIENT_DATA",
    reason: previous?.reason ?? "Unchecked: Initial alarm creation",
    configurationUpdatedMs: nowMs,
    stateUpdatedMs: previous?.stateUpdatedMs ?? nowMs,
    stateTransitionedMs: previous?.stateTransitionedMs ?? nowMs,
    // As in AWS: tags are taken when the alarm is made, and left alone when it is changed.
    tags: previous?.tags ?? tagRecord(input.Tags),
  };
}
