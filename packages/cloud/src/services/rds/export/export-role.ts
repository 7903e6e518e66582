/** In whose name an export writes: a role that `export.rds.amazonaws.com` may take, and that may use the bucket. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { mayAssume, roleByArn, sessionOf } from "../../../identity/assume-role.ts";
import { decide } from "../../../identity/authorize.ts";
import { servicePrincipal } from "../../../identity/principal.ts";

const missing = (why: string) => new AwsError("IamRoleMissingPermissions", `The IAM role requires additional permissions: ${why}.`);

/** Throws IamRoleNotFound, IamRoleMissingPermissions. */
export function exportSession(cloud: Cloud, region: string, roleArn: string) {
  const role = roleByArn(cloud, roleArn);
  if (!role) throw new AwsError("IamRoleNotFound", `The IAM role ${roleArn} is missing for exporting to an Amazon S3 bucket.`, 404);
  if (!mayAssume(cloud, role, servicePrincipal(cloud.account, "export.rds.amazonaws.com"), region))
    throw missing(`its trust policy does not let export.rds.amazonaws.com take ${roleArn}`);
  return sessionOf(cloud, role, "RDSExport");
}

/** What the API reference asks of the role ("StartExportTask"). Throws IamRoleMissingPermissions. */
export function checkExportRole(cloud: Cloud, region: string, roleArn: string, bucket: string): void {
  const principal = exportSession(cloud, region, roleArn);
  for (const [action, resource] of [
    ["s3:PutObject", `arn:aws:s3:::${bucket}/*`],
    ["s3:GetObject", `arn:aws:s3:::${bucket}/*`],
    ["s3:DeleteObject", `arn:aws:s3:::${bucket}/*`],
    ["s3:ListBucket", `arn:aws:s3:::${bucket}`],
    ["s3:GetBucketLocation", `arn:aws:s3:::${bucket}`],
  ] as const) {
    const { outcome } = decide({ cloud, account: cloud.account, region, principal }, { action, resource });
    if (outcome !== "allowed") throw missing(`${roleArn} may not ${action} on ${resource}`);
  }
}
