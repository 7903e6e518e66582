/** Secrets that AWS makes up: logins and tokens, in letters and digits, so that they are safe in a URL, in JSON and for RDS. */
import { deleted, type Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { encrypted } from "./stage-key.ts";
import type { Made } from "./value.ts";

/** Changing what is generated makes a new password: keep these properties as they are. */
export function generatedSecret(
  { draft, key }: Compilation,
  id: string,
  origin: Origin,
  {
    description,
    username,
    member,
    name,
  }: { description: string; username?: string; member: "password" | "token"; name?: string | undefined },
): Made {
  return draft.add("secrets", id, origin, (here) => ({
    Type: "AWS::SecretsManager::Secret",
    ...deleted,
    Properties: {
      Name: name,
      Description: description,
      ...encrypted(here, key),
      GenerateSecretString: {
        SecretStringTemplate: JSON.stringify(username === undefined ? {} : { username }),
        GenerateStringKey: member,
        PasswordLength: 40,
        ExcludePunctuation: true,
      },
    },
  }));
}

/** A dynamic reference to a member of a secret, whose ARN stands in the variable. */
export function secretMember(variable: string, member: string): string {
  return `{{resolve:secretsmanager:\${${variable}}:SecretString:${member}}}`;
}
