/** Account settings: kept by principal with the account's defaults behind them; `containerInsights` acts on new clusters. */
import type { SettingName } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import type { Scope } from "../names.ts";

const defaults: Partial<Record<SettingName, string>> = {
  serviceLongArnFormat: "enabled",
  taskLongArnFormat: "enabled",
  containerInstanceLongArnFormat: "enabled",
  awsvpcTrunking: "disabled",
  containerInsights: "disabled",
  fargateFIPSMode: "disabled",
  fargateTaskRetirementWaitPeriod: "7",
  guardDutyActivate: "off",
  tagResourceAuthorization: "off",
  defaultLogDriverMode: "non-blocking",
  fargateEventWindows: "disabled",
};

const settings = ({ cloud }: Pick<Scope, "cloud">) =>
  cloud.store.collection<{ principal: string; name: string; value: string }>("ecs-account-setting");
const everybody = "default";

export function defaultSetting(scope: Scope, name: SettingName): string {
  return settings(scope).get(scope.region, `${everybody} ${name}`)?.value ?? defaults[name]!;
}

function check(name: string, value?: string): asserts name is SettingName {
  if (!Object.hasOwn(defaults, name)) {
    throw invalidParameter(`unknown should be one of [${Object.keys(defaults).join(",")}]`);
  }
  const allowed =
    name === "fargateTaskRetirementWaitPeriod"
      ? ["0", "7", "14"]
      : name === "containerInsights"
        ? ["enabled", "disabled", "enhanced"]
        : name === "defaultLogDriverMode"
          ? ["blocking", "non-blocking"]
          : ["enabled", "disabled", "on", "off"];
  if (value !== undefined && !allowed.includes(value)) throw invalidParameter(`value should be one of [${allowed.join(",")}]`);
}

function put(scope: Scope, principal: string, name: string, value: string) {
  check(name, value);
  settings(scope).put(scope.region, `${principal} ${name}`, { principal, name, value });
  const principalArn = principal === everybody ? `arn:aws:iam::${scope.account}:root` : principal;
  return { setting: { name, value, principalArn, type: "user" as const } };
}

export const putAccountSetting = operation("ecs", "PutAccountSetting", (input, context) =>
  put(context, input.principalArn ?? context.principal.arn, input.name, input.value),
);

export const putAccountSettingDefault = operation("ecs", "PutAccountSettingDefault", (input, context) =>
  put(context, everybody, input.name, input.value),
);

export const deleteAccountSetting = operation("ecs", "DeleteAccountSetting", (input, context) => {
  check(input.name);
  const principal = input.principalArn ?? context.principal.arn;
  const found = settings(context).get(context.region, `${principal} ${input.name}`);
  settings(context).delete(context.region, `${principal} ${input.name}`);
  return {
    setting: {
      name: input.name,
      value: found?.value ?? defaultSetting(context, input.name),
      principalArn: principal,
      type: "user" as const,
    },
  };
});

export const listAccountSettings = operation("ecs", "ListAccountSettings", (input, context) => {
  if (input.name !== undefined) check(input.name);
  const principal = input.principalArn ?? context.principal.arn;
  const own = settings(context).list(context.region, `${principal} `);
  const shared = settings(context).list(context.region, `${everybody} `);
  const named = new Map<string, string>(input.effectiveSettings ? Object.entries(defaults) : []);
  if (input.effectiveSettings) for (const { name, value } of shared) named.set(name, value);
  for (const { name, value } of own) named.set(name, value);
  return {
    settings: [...named]
      .filter(([name, value]) => (input.name === undefined || name === input.name) && (input.value === undefined || value === input.value))
      .map(([name, value]) => ({ name: name as SettingName, value, principalArn: principal, type: "user" as const })),
  };
});
