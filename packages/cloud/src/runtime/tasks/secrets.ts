/** Secrets of a container: read with the task's execution role before it starts. */
import { AwsError } from "../../aws-error.ts";
import type { Call } from "../../service.ts";
import { TaskFailure } from "./task-failure.ts";

export interface SecretReference {
  name: string;
  valueFrom: string;
}

const failed = (reason: string) =>
  new TaskFailure(`ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${reason}`);

const shown = (error: unknown) => (error instanceof AwsError ? `${error.code}: ${error.message}` : String(error));

/** The values by name. `callIn` calls as the execution role in a region; `region` is where a bare parameter name lives. */
export async function readSecrets(
  secrets: readonly SecretReference[],
  region: string,
  callIn: ((region: string) => Call) | undefined,
): Promise<Record<string, string>> {
  if (secrets.length === 0) return {};
  if (!callIn) throw failed("the task definition has no execution role");
  const values: Record<string, string> = {};
  const parameters = new Map<string, SecretReference[]>();
  for (const secret of secrets) {
    const parts = secret.valueFrom.split(":");
    if (parts[0] === "arn" && parts[2] === "secretsmanager") {
      values[secret.name] = await readSecret(secret.valueFrom, callIn(parts[3]!));
    } else {
      const home = parts[0] === "arn" ? parts[3]! : region;
      parameters.set(home, [...(parameters.get(home) ?? []), secret]);
    }
  }
  for (const [home, each] of parameters) Object.assign(values, await readParameters(each, callIn(home)));
  return values;
}

/** `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:json-key:version-stage:version-id]`; an empty part is as if it were absent. */
async function readSecret(valueFrom: string, call: Call): Promise<string> {
  const parts = valueFrom.split(":");
  const arn = parts.slice(0, 7).join(":");
  const [jsonKey, versionStage, versionId] = parts.slice(7);
  let text: string | undefined;
  try {
    const answer = await call("secretsmanager", "GetSecretValue", {
      SecretId: arn,
      ...(versionStage && { VersionStage: versionStage }),
      ...(versionId && { VersionId: versionId }),
    });
    text = answer.SecretString ?? (answer.SecretBinary && Buffer.from(answer.SecretBinary).toString("utf8"));
  } catch (error) {
    throw failed(
      `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ${shown(error)}`,
    );
  }
  if (!jsonKey) return text ?? "";
  const missing = failed(
    `unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
  );
  let members: unknown;
  try {
    members = JSON.parse(text ?? "");
  } catch {
    throw missing;
  }
  const value = typeof members === "object" && members !== null ? (members as Record<string, unknown>)[jsonKey] : undefined;
  if (value === undefined || value === null) throw missing;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Ten at a time, which is as many as GetParameters takes. */
async function readParameters(secrets: readonly SecretReference[], call: Call): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  const nameOf = ({ valueFrom }: SecretReference) => {
    if (!valueFrom.startsWith("arn:")) return valueFrom;
    const path = valueFrom
      .split(":")
      .slice(5)
      .join(":")
      .replace(/^parameter/, "");
    // `parameter/name` is a name without hierarchy as well as `/name`: a further slash decides.
    return path.indexOf("/", 1) < 0 ? path.slice(1) : path;
  };
  for (let at = 0; at < secrets.length; at += 10) {
    const some = secrets.slice(at, at + 10);
    const names = [...new Set(some.map(nameOf))];
    let found: Map<string, string>;
    let invalid: string[];
    try {
      // A parameter `/name` of one level has the ARN of `name`: the one that is there is meant.
      const alternatives = some
        .filter(({ valueFrom }) => valueFrom.startsWith("arn:"))
        .map((secret) => `/${nameOf(secret).replace(/^\//, "")}`);
      const asked = [...new Set([...names, ...alternatives])];
      const answers = [];
      for (let from = 0; from < asked.length; from += 10) {
        answers.push(await call("ssm", "GetParameters", { Names: asked.slice(from, from + 10), WithDecryption: true }));
      }
      found = new Map(answers.flatMap(({ Parameters = [] }) => Parameters.map(({ Name, Value }) => [Name!, Value ?? ""] as const)));
      invalid = names.filter((name) => !found.has(name) && !found.has(`/${name}`));
    } catch (error) {
      throw failed(`unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${shown(error)}`);
    }
    if (invalid.length > 0) {
      throw failed(
        `unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: ${invalid.join(",")}`,
      );
    }
    for (const secret of some) values[secret.name] = found.get(nameOf(secret)) ?? found.get(`/${nameOf(secret)}`)!;
  }
  return values;
}
