/** AWS::Logs::LogGroup: what is written to it, and what is kept of that. */
import { times } from "../columns.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure } from "../reading.ts";
import type { SetResource } from "../stack-set.ts";

/** How many months of log are kept where nothing is ever deleted, in the first year's last month. */
const monthsWithoutEnd = 12;

export const logGroup: PricedType = {
  price(group, desk) {
    const key = ofService(group, desk) ? "logGB" : "taskLogGB";
    const days = figure(group.properties, "RetentionInDays");
    const detail = days === undefined ? "logs kept for ever (a year's worth)" : `logs kept ${days} days`;
    desk.charge({ item: "log ingest", price: ["cloudwatch", "logs.ingest"], quantity: desk.expect(key), detail });
    const months = days === undefined ? monthsWithoutEnd : days / 30;
    desk.charge({
      item: "log storage",
      price: ["cloudwatch", "logs.storage"],
      quantity: times(desk.expect(key), months),
      detail,
    });
  },
};

/** Whether tasks of a service write to it, which run all the time. */
function ofService(group: SetResource, { set }: Desk): boolean {
  return set
    .users("AWS::ECS::TaskDefinition", "ContainerDefinitions", group, "LogConfiguration")
    .some((definition) => set.users("AWS::ECS::Service", "TaskDefinition", definition).length > 0);
}
