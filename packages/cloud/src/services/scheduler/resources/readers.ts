/** How schedules and their groups are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::Scheduler::Schedule": async ({ call, physicalId: Name, properties: { GroupName } }) => ({
    ...(await call("scheduler", "GetSchedule", { Name, ...(GroupName !== undefined && { GroupName }) })),
  }),
  "AWS::Scheduler::ScheduleGroup": async ({ call, physicalId: Name }) => {
    const { State } = await call("scheduler", "GetScheduleGroup", { Name });
    return State === "DELETING" ? undefined : { Name };
  },
};
