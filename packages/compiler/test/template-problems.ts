/** What AWS's published schemas say against a template: its structure, and each resource's properties with parameters filled in. */
import { checkTemplate, coerceProperties, evaluate, resolveParameters, validateProperties, type Template } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";

/** A value that a parameter could have. */
function valueOf(name: string, type: string): string {
  if (type === "AWS::EC2::Subnet::Id") return "subnet-0a1b2c3d4e5f60718";
  if (type === "AWS::EC2::SecurityGroup::Id") return "sg-0a1b2c3d4e5f60718";
  if (type === "AWS::EC2::VPC::Id") return "vpc-0a1b2c3d4e5f60718";
  if (type === "AWS::EC2::AvailabilityZone::Name") return "eu-west-1a";
  if (name.endsWith("Present")) return "true";
  if (name === "CloudFrontPrefixList") return "pl-0a1b2c3d";
  return name.endsWith("Arn") ? `arn:aws:service:eu-west-1:123456789012:thing/${name}` : name.toLowerCase();
}

/** Every problem, with the logical id and the path. Throws where the template itself does not hold. */
export async function problemsOf(template: Template, region: string): Promise<string[]> {
  checkTemplate(template);
  const given = Object.entries(template.Parameters ?? {}).flatMap(([ParameterKey, { Type, Default }]) =>
    Default === undefined ? [{ ParameterKey, ParameterValue: valueOf(ParameterKey, Type) }] : [],
  );
  const evaluation = evaluate({
    template,
    parameters: await resolveParameters({ template, given }),
    pseudo: { accountId: "123456789012", region, stackId: "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/1", stackName: "s" },
    resource: (logicalId) => ({
      physicalId: logicalId.toLowerCase(),
      attributes: new Proxy(
        {},
        {
          get: (_, name) => `${logicalId}-${String(name)}`.toLowerCase(),
          has: () => true,
          getOwnPropertyDescriptor: (_, name) => ({
            value: `${logicalId}-${String(name)}`.toLowerCase(),
            configurable: true,
            enumerable: true,
          }),
        },
      ),
    }),
  });
  return Object.entries(template.Resources).flatMap(([logicalId, { Type }]) => {
    const schema = resourceTypeSchema(Type);
    if (!schema) return [];
    const properties = coerceProperties(schema, evaluation.properties(logicalId));
    return validateProperties(schema, properties).map(({ path, message }) => `${logicalId} ${path}: ${message}`);
  });
}
