/** No secret stands in a template. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

/** Names of variables that hold what nobody else should know. */
const secretName =
  /(?:^|_)(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|ACCESS_KEY_ID|API_KEY|APIKEY|PRIVATE_KEY|TOKEN|CREDENTIALS)$/i;
/** An address with a password in it. */
const withPassword = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:[^\s@/]+@/i;

const types = ["AWS::ECS::TaskDefinition", "AWS::Lambda::Function"];

export const rule: Rule = {
  id: "secret-in-environment",
  severity: "high",
  controls: ["ECS.8"],
  types,
  reason: "Whoever may read the template, the task definition or its history reads it.",
  remedy: "Keep it in Secrets Manager or Parameter Store, and name it in Secrets: in the app secret().",
  find: each(types, ({ properties }) => {
    const variables = [
      ...asRecords(properties["ContainerDefinitions"]).flatMap((one) =>
        asRecords(one["Environment"]).map(({ Name, Value }) => [String(Name), Value] as const),
      ),
      ...Object.entries(asRecord(asRecord(properties["Environment"])["Variables"])),
    ];
    const open = variables.filter(([name, value]) => {
      if (typeof value !== "string" || value === "" || value.includes("⟨")) return false;
      return (secretName.test(name) && !/_(?:ARN|URL|NAME|ID)$/i.test(name.replace(/ACCESS_KEY_ID$/i, ""))) || withPassword.test(value);
    });
    return open.length > 0 && `the value of ${open.map(([name]) => name).join(", ")} stands in the template`;
  }),
};
