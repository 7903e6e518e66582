/** The table of rules. */
import type { Rule } from "../rule.ts";
import { rule as addressQuota } from "./address-quota.ts";
import { rule as adminPolicy } from "./admin-policy.ts";
import { rule as alarmCallsNobody } from "./alarm-calls-nobody.ts";
import { rule as bucketAcl } from "./bucket-acl.ts";
import { rule as bucketNoExpiry } from "./bucket-no-expiry.ts";
import { rule as bucketNoVersions } from "./bucket-no-versions.ts";
import { rule as bucketPlaintext } from "./bucket-plaintext.ts";
import { rule as bucketPublic } from "./bucket-public.ts";
import { rule as cacheDefaultNetwork } from "./cache-default-network.ts";
import { rule as cacheNoBackups } from "./cache-no-backups.ts";
import { rule as cacheNoPassword } from "./cache-no-password.ts";
import { rule as cachePlaintext } from "./cache-plaintext.ts";
import { rule as cacheSingleNode } from "./cache-single-node.ts";
import { rule as cacheUnencrypted } from "./cache-unencrypted.ts";
import { rule as certificateNames } from "./certificate-names.ts";
import { rule as certificateRegion } from "./certificate-region.ts";
import { rule as certificateWaits } from "./certificate-waits.ts";
import { rule as certificateWeakKey } from "./certificate-weak-key.ts";
import { rule as containerNoLog } from "./container-no-log.ts";
import { rule as containerPrivileged } from "./container-privileged.ts";
import { rule as containerRoot } from "./container-root.ts";
import { rule as containerWritable } from "./container-writable.ts";
import { rule as dataDeletedWithStack } from "./data-deleted-with-stack.ts";
import { rule as decryptAnyKey } from "./decrypt-any-key.ts";
import { rule as distributionNoFirewall } from "./distribution-no-firewall.ts";
import { rule as distributionNoLog } from "./distribution-no-log.ts";
import { rule as distributionOldTls } from "./distribution-old-tls.ts";
import { rule as distributionOpenBucket } from "./distribution-open-bucket.ts";
import { rule as distributionOriginPlaintext } from "./distribution-origin-plaintext.ts";
import { rule as distributionPlaintext } from "./distribution-plaintext.ts";
import { rule as domainWithoutRecord } from "./domain-without-record.ts";
import { rule as fargateCpuQuota } from "./fargate-cpu-quota.ts";
import { rule as fargateOldPlatform } from "./fargate-old-platform.ts";
import { rule as fargateSettings } from "./fargate-settings.ts";
import { rule as fargateSize } from "./fargate-size.ts";
import { rule as fileSystemNoBackups } from "./file-system-no-backups.ts";
import { rule as fileSystemUnencrypted } from "./file-system-unencrypted.ts";
import { rule as firewallEmpty } from "./firewall-empty.ts";
import { rule as firewallNoLog } from "./firewall-no-log.ts";
import { rule as groupRulesQuota } from "./group-rules-quota.ts";
import { rule as instanceOldMetadata } from "./instance-old-metadata.ts";
import { rule as instancePublic } from "./instance-public.ts";
import { rule as keyNoRotation } from "./key-no-rotation.ts";
import { rule as lambdaOldRuntime } from "./lambda-old-runtime.ts";
import { rule as lambdaPublic } from "./lambda-public.ts";
import { rule as lbDesync } from "./lb-desync.ts";
import { rule as lbInvalidHeaders } from "./lb-invalid-headers.ts";
import { rule as lbNoFirewall } from "./lb-no-firewall.ts";
import { rule as lbNoLog } from "./lb-no-log.ts";
import { rule as lbOldTls } from "./lb-old-tls.ts";
import { rule as lbOneZone } from "./lb-one-zone.ts";
import { rule as lbPlaintext } from "./lb-plaintext.ts";
import { rule as lbRuleValues } from "./lb-rule-values.ts";
import { rule as lbRulesQuota } from "./lb-rules-quota.ts";
import { rule as lbUnprotected } from "./lb-unprotected.ts";
import { rule as logKeptForever } from "./log-kept-forever.ts";
import { rule as nameTooLong } from "./name-too-long.ts";
import { rule as natShared } from "./nat-shared.ts";
import { rule as networkUnwatched } from "./network-unwatched.ts";
import { rule as noContainerInsights } from "./no-container-insights.ts";
import { rule as noRollback } from "./no-rollback.ts";
import { rule as openAdminPort } from "./open-admin-port.ts";
import { rule as openPort } from "./open-port.ts";
import { rule as proxyDebugLog } from "./proxy-debug-log.ts";
import { rule as proxyPlaintext } from "./proxy-plaintext.ts";
import { rule as publicPolicy } from "./public-policy.ts";
import { rule as queueNoDeadLetters } from "./queue-no-dead-letters.ts";
import { rule as queueUnencrypted } from "./queue-unencrypted.ts";
import { rule as rdsClusterSingle } from "./rds-cluster-single.ts";
import { rule as rdsDefaultAdmin } from "./rds-default-admin.ts";
import { rule as rdsFewBackups } from "./rds-few-backups.ts";
import { rule as rdsInPublicSubnet } from "./rds-in-public-subnet.ts";
import { rule as rdsNoLogs } from "./rds-no-logs.ts";
import { rule as rdsNoMinorUpgrades } from "./rds-no-minor-upgrades.ts";
import { rule as rdsPasswordInTemplate } from "./rds-password-in-template.ts";
import { rule as rdsPlaintext } from "./rds-plaintext.ts";
import { rule as rdsPublic } from "./rds-public.ts";
import { rule as rdsSingleZone } from "./rds-single-zone.ts";
import { rule as rdsStorageRange } from "./rds-storage-range.ts";
import { rule as rdsUnencrypted } from "./rds-unencrypted.ts";
import { rule as rdsUnprotected } from "./rds-unprotected.ts";
import { rule as rdsUntaggedSnapshots } from "./rds-untagged-snapshots.ts";
import { rule as repositoryMutable } from "./repository-mutable.ts";
import { rule as repositoryNoExpiry } from "./repository-no-expiry.ts";
import { rule as repositoryPublic } from "./repository-public.ts";
import { rule as repositoryUnscanned } from "./repository-unscanned.ts";
import { rule as secretInEnvironment } from "./secret-in-environment.ts";
import { rule as secretMissing } from "./secret-missing.ts";
import { rule as secretNoRotation } from "./secret-no-rotation.ts";
import { rule as singleTask } from "./single-task.ts";
import { rule as subnetMapsPublic } from "./subnet-maps-public.ts";
import { rule as taskPublicAddress } from "./task-public-address.ts";
import { rule as templateTooLarge } from "./template-too-large.ts";
import { rule as topicUnencrypted } from "./topic-unencrypted.ts";
import { rule as wildcardActions } from "./wildcard-actions.ts";

export const rules: readonly Rule[] = [
  addressQuota,
  adminPolicy,
  alarmCallsNobody,
  bucketAcl,
  bucketNoExpiry,
  bucketNoVersions,
  bucketPlaintext,
  bucketPublic,
  cacheDefaultNetwork,
  cacheNoBackups,
  cacheNoPassword,
  cachePlaintext,
  cacheSingleNode,
  cacheUnencrypted,
  certificateNames,
  certificateRegion,
  certificateWaits,
  certificateWeakKey,
  containerNoLog,
  containerPrivileged,
  containerRoot,
  containerWritable,
  dataDeletedWithStack,
  decryptAnyKey,
  distributionNoFirewall,
  distributionNoLog,
  distributionOldTls,
  distributionOpenBucket,
  distributionOriginPlaintext,
  distributionPlaintext,
  domainWithoutRecord,
  fargateCpuQuota,
  fargateOldPlatform,
  fargateSettings,
  fargateSize,
  fileSystemNoBackups,
  fileSystemUnencrypted,
  firewallEmpty,
  firewallNoLog,
  groupRulesQuota,
  instanceOldMetadata,
  instancePublic,
  keyNoRotation,
  lambdaOldRuntime,
  lambdaPublic,
  lbDesync,
  lbInvalidHeaders,
  lbNoFirewall,
  lbNoLog,
  lbOldTls,
  lbOneZone,
  lbPlaintext,
  lbRuleValues,
  lbRulesQuota,
  lbUnprotected,
  logKeptForever,
  nameTooLong,
  natShared,
  networkUnwatched,
  noContainerInsights,
  noRollback,
  openAdminPort,
  openPort,
  proxyDebugLog,
  proxyPlaintext,
  publicPolicy,
  queueNoDeadLetters,
  queueUnencrypted,
  rdsClusterSingle,
  rdsDefaultAdmin,
  rdsFewBackups,
  rdsInPublicSubnet,
  rdsNoLogs,
  rdsNoMinorUpgrades,
  rdsPasswordInTemplate,
  rdsPlaintext,
  rdsPublic,
  rdsSingleZone,
  rdsStorageRange,
  rdsUnencrypted,
  rdsUnprotected,
  rdsUntaggedSnapshots,
  repositoryMutable,
  repositoryNoExpiry,
  repositoryPublic,
  repositoryUnscanned,
  secretInEnvironment,
  secretMissing,
  secretNoRotation,
  singleTask,
  subnetMapsPublic,
  taskPublicAddress,
  templateTooLarge,
  topicUnencrypted,
  wildcardActions,
];
