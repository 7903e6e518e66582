/** Databases stand in subnets without a way to the internet. */
import { idsOf, subnetsOf } from "../reach/routes.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-in-public-subnet",
  severity: "high",
  controls: ["RDS.46"],
  types,
  reason: "Only its security group stands between the database and the internet.",
  remedy: "Put it into subnets whose route table has no route to an internet gateway.",
  find: each(types, ({ properties }, facts) => {
    const subnets = idsOf(facts.named(properties["DBSubnetGroupName"])?.properties["SubnetIds"]);
    const subnet = subnetsOf(facts);
    const open = subnets.filter((id) => subnet(id).wayOut === "gateway");
    return open.length > 0 && `${open.map((id) => id.slice(id.lastIndexOf("/") + 1)).join(", ")} has a route to the internet`;
  }),
};
