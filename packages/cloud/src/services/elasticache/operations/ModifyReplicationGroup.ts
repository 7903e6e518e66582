/** ModifyReplicationGroup: settings, the token's rotation, replicas' failover. */
import { operation } from "../../../service.ts";
import { memoryBytesOf, resolveEngine } from "../engine.ts";
import { invalidCombination, invalidGroupState, invalidValue, notEmulated } from "../errors.ts";
import { modifyWith, work } from "../life.ts";
import { checkAuthToken } from "../names.ts";
import { findParameterGroup } from "../parameter-group.ts";
import { changeReplicationGroup, findReplicationGroup, groupShape } from "../replication-group.ts";
import { deliveries } from "./CreateReplicationGroup.ts";

export const modifyReplicationGroup = operation("elasticache", "ModifyReplicationGroup", (input, context) => {
  const { cloud, region } = context;
  const group = findReplicationGroup(cloud, region, input.ReplicationGroupId!);
  if (group.status !== "available") throw invalidGroupState(`Replication group ${group.id} is not in available state.`);
  if (input.UserGroupIdsToAdd?.length || input.UserGroupIdsToRemove?.length) throw notEmulated("user groups of replication groups");
  if (
    input.TransitEncryptionMode === "preferred" ||
    (input.TransitEncryptionEnabled !== undefined && input.TransitEncryptionEnabled !== group.tls)
  )
    throw notEmulated("changing encryption in transit of a cache that exists");
  if (input.ClusterMode && input.ClusterMode !== "disabled") throw notEmulated("cluster mode");
  if (input.CacheNodeType) memoryBytesOf(input.CacheNodeType);
  const engine =
    input.EngineVersion || input.Engine
      ? resolveEngine(
          input.Engine ?? group.engine,
          input.EngineVersion ?? (input.Engine && input.Engine !== group.engine ? undefined : group.engineVersion),
        )
      : undefined;
  const parameters = input.CacheParameterGroupName ? findParameterGroup(context, input.CacheParameterGroupName) : undefined;
  if (input.AutomaticFailoverEnabled && group.memberCount < 2)
    throw invalidCombination("Automatic failover is not supported for the given configuration: it needs at least one replica.");
  if (input.MultiAZEnabled && !(input.AutomaticFailoverEnabled ?? group.automaticFailover))
    throw invalidCombination("Multi-AZ requires automatic failover to be enabled.");
  const tokens = tokensAfter(group.tokens, input.AuthToken, input.AuthTokenUpdateStrategy, group.tls);
  const restart =
    (input.CacheNodeType !== undefined && input.CacheNodeType !== group.nodeType) ||
    (parameters !== undefined && parameters.name !== group.parameterGroup) ||
    (engine !== undefined && engine.version !== group.engineVersion);
  // What needs a restart waits for the maintenance window on AWS; here it is asked for at once or not at all.
  if (restart && !input.ApplyImmediately)
    throw notEmulated("changes of node type, engine version or parameter group in the next maintenance window: give ApplyImmediately");
  const changed = changeReplicationGroup(cloud, region, group.id, (each) => {
    if (input.ReplicationGroupDescription !== undefined) each.description = input.ReplicationGroupDescription;
    if (input.AutomaticFailoverEnabled !== undefined) each.automaticFailover = input.AutomaticFailoverEnabled;
    if (input.MultiAZEnabled !== undefined) each.multiAz = input.MultiAZEnabled;
    if (input.SecurityGroupIds) each.securityGroups = input.SecurityGroupIds;
    if (input.PreferredMaintenanceWindow) each.maintenanceWindow = input.PreferredMaintenanceWindow;
    if (input.NotificationTopicArn !== undefined) each.notificationTopicArn = input.NotificationTopicArn || undefined;
    if (input.AutoMinorVersionUpgrade !== undefined) each.autoMinorVersionUpgrade = input.AutoMinorVersionUpgrade;
    if (input.SnapshotRetentionLimit !== undefined) each.snapshotRetentionDays = input.SnapshotRetentionLimit;
    if (input.SnapshotWindow) each.snapshotWindow = input.SnapshotWindow;
    if (input.LogDeliveryConfigurations) each.logDeliveries = deliveries(input.LogDeliveryConfigurations);
    if (input.CacheNodeType) each.nodeType = input.CacheNodeType;
    if (engine) Object.assign(each, { engine: engine.engine, engineVersion: engine.version });
    if (parameters) each.parameterGroup = parameters.name;
    if (tokens) {
      each.tokens = tokens;
      each.tokenChangedMs = cloud.world.clock.nowMs();
    }
    if (restart || tokens) each.status = "modifying";
  })!;
  if (restart || tokens) work(cloud, region, group.id, modifyWith(restart));
  return { ReplicationGroup: groupShape(context, changed) };
});

/** ROTATE adds a token beside the present one, SET leaves only the new one, DELETE none (AWS, "Authenticating with the AUTH command"). */
function tokensAfter(
  present: readonly string[],
  token: string | undefined,
  strategy: string | undefined,
  tls: boolean,
): string[] | undefined {
  if (token === undefined && strategy === undefined) return undefined;
  if (strategy === "DELETE") return [];
  if (token === undefined) throw invalidValue("The parameter AuthToken must be provided with AuthTokenUpdateStrategy.");
  if (!tls) throw invalidCombination("The AUTH token is only supported when encryption-in-transit is enabled");
  checkAuthToken(token);
  if (strategy === "SET") return [token];
  if (strategy !== undefined && strategy !== "ROTATE") throw invalidValue(`Invalid AuthTokenUpdateStrategy: ${strategy}`);
  return [...new Set([...present.slice(-1), token])];
}
