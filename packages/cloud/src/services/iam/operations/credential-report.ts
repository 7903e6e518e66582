/** The credential report: a table of the root and the users with the state of their passwords, keys, devices and certificates. */
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { type UserRecord, users } from "../../../identity/entities.ts";
import { devicesOf, signingCertificates } from "../user-things.ts";

interface Report {
  content: string;
  generatedMs: number;
}

/** A report is good for four hours: until then the same is given again. */
const freshMs = 4 * 3_600_000;

const reports = (context: OperationContext) => context.cloud.store.collection<Report>("iam:credential-report");

const columns = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
  "cert_1_active",
  "cert_1_last_rotated",
  "cert_2_active",
  "cert_2_last_rotated",
];

const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "+00:00");

const keyCells = (key: UserRecord["accessKeys"][number] | undefined): string[] =>
  key
    ? [
        String(key.status === "Active"),
        time(key.createdMs),
        key.lastUsed ? time(key.lastUsed.atMs) : "N/A",
        key.lastUsed?.region ?? "N/A",
        key.lastUsed?.service ?? "N/A",
      ]
    : ["false", "N/A", "N/A", "N/A", "N/A"];

function rowOf(context: OperationContext, user: UserRecord): string[] {
  const login = user.loginProfile;
  const certificates = signingCertificates(context.cloud).of(user);
  return [
    user.name,
    user.arn,
    time(user.createdMs),
    String(login !== undefined),
    login ? "no_information" : "N/A",
    login ? time(login.createdMs) : "N/A",
    "N/A",
    String(devicesOf(context.cloud, user).length > 0),
    ...keyCells(user.accessKeys[0]),
    ...keyCells(user.accessKeys[1]),
    ...[0, 1].flatMap((index) => {
      const one = certificates[index];
      return one ? [String(one.status === "Active"), time(one.createdMs)] : ["false", "N/A"];
    }),
  ];
}

function written(context: OperationContext): string {
  const root = [
    "<root_account>",
    `arn:aws:iam::${context.account}:root`,
    "2020-01-01T00:00:00+00:00",
    "not_supported",
    "no_information",
    "not_supported",
    "not_supported",
    "false",
    ...keyCells(undefined),
    ...keyCells(undefined),
    "false",
    "N/A",
    "false",
    "N/A",
  ];
  const rows = users(context.cloud)
    .list()
    .map((user) => rowOf(context, user));
  return [columns, root, ...rows].map((cells) => cells.join(",")).join("\n");
}

export const generateCredentialReport = operation("iam", "GenerateCredentialReport", (_input, context) => {
  const now = context.cloud.world.clock.nowMs();
  const known = reports(context).get("global", "report");
  if (known && known.generatedMs + freshMs > now) return { State: "COMPLETE" as const };
  reports(context).put("global", "report", { content: written(context), generatedMs: now });
  return { State: "STARTED" as const, Description: "No report exists. Starting a new report generation task" };
});

export const getCredentialReport = operation("iam", "GetCredentialReport", (_input, context) => {
  const known = reports(context).get("global", "report");
  if (!known) throw new AwsError("ReportNotPresent", "No report exists. Generate one first with GenerateCredentialReport.", 410);
  if (known.generatedMs + freshMs <= context.cloud.world.clock.nowMs())
    throw new AwsError("ReportExpired", "The report is older than four hours. Generate a new one with GenerateCredentialReport.", 410);
  return { Content: Buffer.from(known.content), ReportFormat: "text/csv" as const, GeneratedTime: new Date(known.generatedMs) };
});
