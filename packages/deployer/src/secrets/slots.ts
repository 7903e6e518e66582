/** The app's secrets and settings in their stores: which have a value, in which version. Values are read only to be shown on demand. */
import type { Assembly, SecretSlot } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";

export interface SecretState {
  slot: SecretSlot;
  /** Absent: it has no value. */
  version?: string;
  changedAt?: Date;
  /** Of its declared fields those that the stored JSON does not have; absent where it has all, or may not be read. */
  missingFields?: string[];
}

/** What has to be set: a secret, or one field of it. */
export interface MissingSecret {
  /** As `secrets set` takes it: `apiKey`, `anthropic.api_key`. */
  name: string;
  slot: SecretSlot;
}

/** The state of every slot, in the order of the inventory; a call for ten parameters, one for each secret, another for one with fields. */
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
      .map(async (slot) => {
        const state = await currentSecretVersion(aws, slot.id);
        if (state) found.set(slot.id, { ...state, ...(await fieldsLeftOut(aws, slot)) });
      }),
  ]);
  return slots.map((slot) => ({ slot, ...found.get(slot.id) }));
}

/** What the rotation by the clock writes onto a version that it has made: since when it is current, and from which version it descends. */
const rotationLabel = /^plinth\/\d+\/(.+)$/u;

/**
 * The version that is AWSCURRENT; `undefined` for a secret that is empty or not there. For one that the clock rotates it is the version from which
 * the current one descends: its programs have been rolled by the rotation itself.
 */
export async function currentSecretVersion(aws: Aws, id: string): Promise<{ version: string; changedAt?: Date } | undefined> {
  try {
    const { VersionIdsToStages = {}, LastChangedDate, DeletedDate } = await aws.call("secretsmanager", "DescribeSecret", { SecretId: id });
    const current = Object.entries(VersionIdsToStages).find(([, stages]) => stages?.includes("AWSCURRENT"));
    if (!current || DeletedDate) return undefined;
    const rolledFrom = current[1]?.map((label) => rotationLabel.exec(label)?.[1]).find((version) => version !== undefined);
    return { version: rolledFrom ?? current[0], ...(LastChangedDate ? { changedAt: LastChangedDate } : {}) };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Who only deploys need not be able to read values: then it is not known, and nothing is said. */
async function fieldsLeftOut(aws: Aws, slot: SecretSlot): Promise<{ missingFields?: string[] }> {
  if (!slot.fields || slot.fields.length === 0) return {};
  let value: string | undefined;
  try {
    value = await secretValue(aws, slot);
  } catch (error) {
    if (isAwsError(error, "AccessDeniedException")) return {};
    throw error;
  }
  const members = value === undefined ? {} : (jsonObject(value) ?? {});
  const missingFields = slot.fields.filter((name) => typeof members[name] !== "string");
  return missingFields.length > 0 ? { missingFields } : {};
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Required ones without a value, and fields that a stored JSON leaves out: a task that names one does not start. */
export const missingSecrets = (states: readonly SecretState[]): MissingSecret[] =>
  states.flatMap(({ slot, version, missingFields = [] }) =>
    version === undefined
      ? slot.required
        ? [{ name: slot.name, slot }]
        : []
      : missingFields.map((field) => ({ name: `${slot.name}.${field}`, slot })),
  );

/** One sentence that names what is missing, who needs it, and the commands that set it. */
export function secretsMissing(assembly: Assembly, missing: readonly MissingSecret[], options: string): DeployError {
  const names = missing.map(({ name, slot: { usedBy } }) => (usedBy.length > 0 ? `${name} (for ${usedBy.join(", ")})` : name));
  const what = missing.length === 1 ? "has no value" : "have no value";
  return new DeployError("secrets-missing", `${names.join(", ")} ${what} in ${assembly.app} ${assembly.stage}.`, {
    remedy: `${missing.map(({ name }) => `plinth secrets set ${name}${options}`).join("\n")}\nThen deploy again: it goes on from here.`,
  });
}

/** `apiKey`, or `anthropic.api_key` for one field. @throws DeployError `not-found`. */
export function findField(assembly: Assembly, name: string): { slot: SecretSlot; field?: string } {
  const dot = name.indexOf(".");
  const whole = assembly.secrets.some((one) => one.name === name);
  if (whole || dot < 0) return { slot: findSlot(assembly, name) };
  const slot = findSlot(assembly, name.slice(0, dot));
  const field = name.slice(dot + 1);
  checkField(slot, field);
  return { slot, field };
}

function checkField({ name, fields = [] }: SecretSlot, field: string): void {
  if (fields.includes(field)) return;
  throw new DeployError("not-found", `${name} has no field ${field}.`, {
    remedy: fields.length > 0 ? `It has: ${fields.join(", ")}.` : "It is one text: leave the field out.",
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

/** Gives a slot its value: a new version. Programs take it when they are rolled. */
export async function setSecret(aws: Aws, slot: SecretSlot, value: string, field?: string): Promise<void> {
  if (field !== undefined) checkField(slot, field);
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
    // Other fields stay, also those that the app does not name.
    return JSON.stringify({ ...jsonObject((await secretValue(aws, slot)) ?? "{}"), [field]: value });
  }
  const members = jsonObject(value);
  const leftOut = fields.filter((name) => typeof members?.[name] !== "string");
  if (members && leftOut.length === 0) return value;
  const wanted = fields.map((name) => JSON.stringify(name)).join(", ");
  throw new DeployError(
    "not-found",
    `${slot.name} has to be a JSON object with ${wanted}${members ? `; ${leftOut.join(", ")} ${leftOut.length === 1 ? "is" : "are"} not in it` : ""}.`,
    { remedy: `Give such an object, or one field: plinth secrets set ${slot.name}.${leftOut[0]}` },
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
