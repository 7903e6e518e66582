/** The app's secrets and settings in their stores: which have a value, in which version. Values are read only to be shown on demand. */
import type { Assembly, SecretSlot } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";

export interface SecretState {
  slot: SecretSlot;
  /** Absent: it has no value. */
  version?: string;
  changedAt?: Date;
}

/** The state of every slot, in the order of the inventory; two calls for all of Parameter Store's ten, one for each secret. */
export async function secretStates(aws: Aws, slots: readonly SecretSlot[]): Promise<SecretState[]> {
  const parameters = slots.filter(({ store }) => store === "parameter-store");
  const found = new Map<string, Omit<SecretState, "slot">>();
  const batches = Array.from({ length: Math.ceil(parameters.length / 10) }, (_, index) => parameters.slice(index * 10, index * 10 + 10));
  await Promise.all([
    ...batches.map(async (batch) => {
      const { Parameters = [] } = await aws.call("ssm", "GetParameters", { Names: batch.map(({ id }) => id), WithDecryption: false });
      for (const { Name = "", Version, LastModifiedDate } of Parameters) {
        found.set(Name, { version: String(Version ?? 0), ...(LastModifiedDate ? { changedAt: LastModifiedDate } : {}) });
      }
    }),
    ...slots
      .filter(({ store }) => store === "secrets-manager")
      .map(async ({ id }) => {
        const state = await currentSecretVersion(aws, id);
        if (state) found.set(id, state);
      }),
  ]);
  return slots.map((slot) => ({ slot, ...found.get(slot.id) }));
}

/** The version that is AWSCURRENT; `undefined` for a secret that is empty or not there. */
export async function currentSecretVersion(aws: Aws, id: string): Promise<{ version: string; changedAt?: Date } | undefined> {
  try {
    const { VersionIdsToStages = {}, LastChangedDate, DeletedDate } = await aws.call("secretsmanager", "DescribeSecret", { SecretId: id });
    const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages?.includes("AWSCURRENT"));
    if (!current || DeletedDate) return undefined;
    return { version: current[0], ...(LastChangedDate ? { changedAt: LastChangedDate } : {}) };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

export const missingSecrets = (states: readonly SecretState[]) =>
  states.filter(({ slot, version }) => slot.required && version === undefined).map(({ slot }) => slot);

/** One sentence that names what is missing, who needs it, and the commands that set it. */
export function secretsMissing(assembly: Assembly, missing: readonly SecretSlot[], options: string): DeployError {
  const names = missing.map(({ name, usedBy }) => (usedBy.length > 0 ? `${name} (for ${usedBy.join(", ")})` : name));
  const what = missing.length === 1 ? "has no value" : "have no value";
  return new DeployError("secrets-missing", `${names.join(", ")} ${what} in ${assembly.app} ${assembly.stage}.`, {
    remedy: `${missing.map(({ name }) => `plinth secrets set ${name}${options}`).join("\n")}\nThen deploy again: it goes on from here.`,
  });
}

export function findSlot(assembly: Assembly, name: string): SecretSlot {
  const slot = assembly.secrets.find((one) => one.name === name);
  if (slot) return slot;
  const names = assembly.secrets.map((one) => one.name);
  throw new DeployError("not-found", `${assembly.app} has no secret or setting called ${name}.`, {
    remedy: names.length > 0 ? `It has: ${names.join(", ")}.` : "It declares none: add secret() or setting() to plinth.config.ts.",
  });
}

/** Gives a slot its value: a new version. Programs take it with the next deploy, which rolls them. */
export async function setSecret(aws: Aws, slot: SecretSlot, value: string, field?: string): Promise<void> {
  const text = slot.fields ? await withFields(aws, slot, slot.fields, value, field) : value;
  if (slot.store === "parameter-store") {
    const Type = slot.kind === "setting" ? "String" : "SecureString";
    await aws.call("ssm", "PutParameter", { Name: slot.id, Type, Value: text, Overwrite: true });
    return;
  }
  try {
    await aws.call("secretsmanager", "PutSecretValue", { SecretId: slot.id, SecretString: text });
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
    throw new DeployError("not-found", `${slot.id} is not there yet: the deploy makes it, empty.`, {
      remedy: "Run plinth deploy first. It stops where the value is needed; then set it and deploy again.",
      cause: error,
    });
  }
}

async function withFields(aws: Aws, slot: SecretSlot, fields: string[], value: string, field: string | undefined): Promise<string> {
  if (field !== undefined) {
    if (!fields.includes(field)) {
      throw new DeployError("not-found", `${slot.name} has no field ${field}.`, { remedy: `It has: ${fields.join(", ")}.` });
    }
    const before = (await secretValue(aws, slot)) ?? "{}";
    return JSON.stringify({ ...(JSON.parse(before) as Record<string, unknown>), [field]: value });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  const complete =
    typeof parsed === "object" && parsed !== null && fields.every((name) => typeof (parsed as Record<string, unknown>)[name] === "string");
  if (complete) return value;
  throw new DeployError(
    "not-found",
    `${slot.name} has to be a JSON object with ${fields.map((name) => JSON.stringify(name)).join(", ")}.`,
    {
      remedy: `Give such an object, or one field: plinth secrets set ${slot.name} --field ${fields[0]}`,
    },
  );
}

/** The value itself, for the one command that shows it. */
export async function secretValue(aws: Aws, slot: SecretSlot): Promise<string | undefined> {
  try {
    if (slot.store === "parameter-store") {
      return (await aws.call("ssm", "GetParameter", { Name: slot.id, WithDecryption: true })).Parameter?.Value;
    }
    return (await aws.call("secretsmanager", "GetSecretValue", { SecretId: slot.id })).SecretString;
  } catch (error) {
    if (isAwsError(error, "ParameterNotFound", "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
