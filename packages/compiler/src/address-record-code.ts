/**
 * The function that keeps a record's addresses those of a service's running tasks. It looks for itself, whatever the event
 * says, and again after it has written: of two that run at once, the last to write has then seen the last state. While no
 * task runs the record stays as it is: a name without addresses is kept as absent by resolvers for longer.
 */
export const addressRecordCode = `const { ECS } = require("@aws-sdk/client-ecs");
const { EC2 } = require("@aws-sdk/client-ec2");
const { Route53 } = require("@aws-sdk/client-route-53");
const ecs = new ECS(), ec2 = new EC2(), route53 = new Route53();
const { CLUSTER: cluster, SERVICE: serviceName, ZONE: HostedZoneId, NAME: Name } = process.env;

async function addresses() {
  const { taskArns = [] } = await ecs.listTasks({ cluster, serviceName, desiredStatus: "RUNNING" });
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns });
  const details = tasks.filter((task) => task.lastStatus === "RUNNING").flatMap((task) => (task.attachments ?? []).flatMap((one) => one.details ?? []));
  const NetworkInterfaceIds = details.filter((one) => one.name === "networkInterfaceId").map((one) => one.value);
  if (NetworkInterfaceIds.length === 0) return [];
  const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds });
  return NetworkInterfaces.flatMap((one) => one.Association?.PublicIp ?? []).sort();
}

exports.handler = async () => {
  for (let written = "", attempt = 0; attempt < 5; attempt += 1) {
    const found = await addresses();
    if (found.length === 0 || String(found) === written) return;
    const ResourceRecordSet = { Name, Type: "A", TTL: 10, ResourceRecords: found.map((Value) => ({ Value })) };
    await route53.changeResourceRecordSets({ HostedZoneId, ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet }] } });
    written = String(found);
    console.log(Name, "is", written);
  }
};
`;
