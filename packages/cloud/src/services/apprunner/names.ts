/** App Runner's ARNs, and who calls in its name. */
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call, OperationContext } from "../../service.ts";

export type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

export type Kind = "service" | "autoscalingconfiguration" | "observabilityconfiguration" | "vpcconnector";

/** `arn:aws:apprunner:REGION:ACCOUNT:KIND/NAME[/REVISION]/ID`. */
export const arnOf = ({ account, region }: Scope, kind: Kind, ...parts: (string | number)[]): string =>
  `arn:aws:apprunner:${region}:${account}:${kind}/${parts.join("/")}`;

/** The parts after the kind; `undefined` where the ARN is of another kind, account or region. */
export function partsOf({ account, region }: Scope, kind: Kind, arn: string): string[] | undefined {
  const prefix = `arn:aws:apprunner:${region}:${account}:${kind}/`;
  return arn.startsWith(prefix) ? arn.slice(prefix.length).split("/") : undefined;
}

/** Ids are 32 hexadecimal digits. */
export const newId = ({ cloud }: Scope): string => cloud.world.random.hex(32);

/** Calls as App Runner itself. */
export const asAppRunner = ({ cloud, account, region }: Scope): Call =>
  cloud.as(servicePrincipal(account, "apprunner.amazonaws.com"), region);

/** Whom an access role trusts, and whom an instance role. Source: Developer Guide, "How App Runner works with IAM". */
export const buildPrincipal = "build.apprunner.amazonaws.com";
export const tasksPrincipal = "tasks.apprunner.amazonaws.com";
