/** The table of what `plinth doctor` looks for, by the name that scripts know it by; causes before what they bring about. */
import type { Diagnosis } from "./diagnosis.ts";
import { accountLimit } from "./diagnoses/account-limit.ts";
import { alarmFiring } from "./diagnoses/alarm-firing.ts";
import { cacheLogin } from "./diagnoses/cache-login.ts";
import { certificatePending } from "./diagnoses/certificate-pending.ts";
import { certificateUnusable } from "./diagnoses/certificate-unusable.ts";
import { connectorWithoutWayOut } from "./diagnoses/connector-without-way-out.ts";
import { databaseLogin } from "./diagnoses/database-login.ts";
import { databaseNotAvailable } from "./diagnoses/database-not-available.ts";
import { databasePaused } from "./diagnoses/database-paused.ts";
import { databaseUnreachable } from "./diagnoses/database-unreachable.ts";
import { deploymentFailed } from "./diagnoses/deployment-failed.ts";
import { domainNotFound } from "./diagnoses/domain-not-found.ts";
import { healthCheckFails } from "./diagnoses/health-check-fails.ts";
import { imageNotPullable } from "./diagnoses/image-not-pullable.ts";
import { missingSecrets } from "./diagnoses/missing-secrets.ts";
import { outOfMemory } from "./diagnoses/out-of-memory.ts";
import { permissionDenied } from "./diagnoses/permission-denied.ts";
import { rotationUnfinished } from "./diagnoses/rotation-unfinished.ts";
import { roleNotAssumable } from "./diagnoses/role-not-assumable.ts";
import { scalingAtLimit } from "./diagnoses/scaling-at-limit.ts";
import { scheduledTaskFailed } from "./diagnoses/scheduled-task-failed.ts";
import { secretNotInjected } from "./diagnoses/secret-not-injected.ts";
import { securityGroupRuleMissing } from "./diagnoses/security-group-rule-missing.ts";
import { stackFailed } from "./diagnoses/stack-failed.ts";
import { stageStopped } from "./diagnoses/stage-stopped.ts";
import { tasksKeepStopping } from "./diagnoses/tasks-keep-stopping.ts";

export const diagnoses: Readonly<Record<string, Diagnosis>> = {
  "stage-stopped": stageStopped,
  "missing-secrets": missingSecrets,
  "secret-not-injected": secretNotInjected,
  "image-not-pullable": imageNotPullable,
  "security-group-rule-missing": securityGroupRuleMissing,
  "connector-without-way-out": connectorWithoutWayOut,
  "database-not-available": databaseNotAvailable,
  "database-paused": databasePaused,
  "database-unreachable": databaseUnreachable,
  "database-login": databaseLogin,
  "cache-login": cacheLogin,
  "permission-denied": permissionDenied,
  "role-not-assumable": roleNotAssumable,
  "account-limit": accountLimit,
  "out-of-memory": outOfMemory,
  "health-check-fails": healthCheckFails,
  "tasks-keep-stopping": tasksKeepStopping,
  "scheduled-task-failed": scheduledTaskFailed,
  "deployment-failed": deploymentFailed,
  "stack-failed": stackFailed,
  "domain-not-found": domainNotFound,
  "certificate-unusable": certificateUnusable,
  "rotation-unfinished": rotationUnfinished,
  "certificate-pending": certificatePending,
  "scaling-at-limit": scalingAtLimit,
  "alarm-firing": alarmFiring,
};
