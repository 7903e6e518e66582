/** Values that an operator sets: secrets in Secrets Manager or Parameter Store, and settings. Source: aws-recipes §5. */
import type { Declared } from "@plinth/language/reading";
import type { SecretSlot } from "./assembly.ts";
import { fateOfData, sub, type Compilation, type Grant, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { encrypted } from "./stage-key.ts";
import type { Made, Value } from "./value.ts";

/** What AWS calls a secret or setting: with app and stage, so that stages in one account never share one unasked. */
function slotName(compilation: Pick<Compilation, "app" | "stage">, named: Named<"secret"> | Named<"setting">): string {
  const { options } = named.declared;
  if (options.name !== undefined) return options.name;
  const name = `${compilation.app}/${compilation.stage}/${named.kebab}`;
  return storeOf(named.declared) === "parameter-store" ? `/${name}` : name;
}

function storeOf(declared: Declared<"secret"> | Declared<"setting">): SecretSlot["store"] {
  if (declared.kind === "setting") return "parameter-store";
  return declared.options.store ?? "secrets-manager";
}

export function buildSecret(compilation: Compilation, named: Named<"secret"> | Named<"setting">): Target {
  const { draft, stem, slots, programs } = compilation;
  const { key, id, declared } = named;
  const { options } = declared;
  const store = storeOf(declared);
  const name = slotName(compilation, named);
  const fields: readonly string[] =
    declared.kind === "secret" && declared.options.store !== "parameter-store" ? (declared.options.fields ?? []) : [];
  slots.push({
    name: key,
    kind: declared.kind,
    store,
    id: name,
    required: options.optional !== true,
    ...(fields.length > 0 && { fields: [...fields] }),
    usedBy: programs.filter(({ reaches }) => reaches.includes(declared)).map((program) => program.named.key),
  });
  const present: Value | undefined = options.optional
    ? {
        kind: "source",
        name: `${id}Present`,
        parameter: { Type: "String", AllowedValues: ["true", "false"], Description: `Whether ${key} has a value` },
        source: { from: "secret-present", secret: key },
      }
    : undefined;

  if (store === "parameter-store") {
    return { inject: () => ({ kind: "secret", ...parameterReference(name), slot: key, ...(present && { present }) }) };
  }
  // Without a text it is empty: the operator, or the deployer for them, gives it its first version.
  const secret: Made = draft.add("secrets", id, compilation.origin(named), (here) => ({
    Type: "AWS::SecretsManager::Secret",
    ...fateOfData(compilation).keep,
    Properties: { Name: name, Description: `${stem} ${key}: set by the app's operator`, ...encrypted(here, compilation.key) },
  }));
  return {
    inject: (facet, detail) => ({
      kind: "secret",
      valueFrom: (here) =>
        facet === "field" ? sub(`\${Secret}:${String(detail)}::`, { Secret: here.take(secret.ref()) }) : here.take(secret.ref()),
      grant: { actions: ["secretsmanager:GetSecretValue"], resources: (here) => [here.take(secret.ref())], key: compilation.key },
      slot: key,
      ...(present && { present }),
    }),
  };
}

/** How ECS names a parameter of Parameter Store, and the permission to read it. `name` begins with `/`. */
export function parameterReference(name: string): { valueFrom: () => unknown; grant: Grant } {
  const arn = { "Fn::Sub": `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${name}` };
  return { valueFrom: () => arn, grant: { actions: ["ssm:GetParameters"], resources: () => [arn] } };
}
