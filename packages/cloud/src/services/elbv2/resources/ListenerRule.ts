/** AWS::ElasticLoadBalancingV2::ListenerRule. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { changeTags, madeByStack, unlessGone } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::ElasticLoadBalancingV2::ListenerRule"];

const made = (arn: string): Made => ({ physicalId: arn, attributes: { RuleArn: arn, IsDefault: false } });

/** Templates write `Values` and the field's own member side by side; calls may not. */
function conditionsOf({ Conditions }: Properties): Input<"elbv2", "CreateRule">["Conditions"] {
  return Conditions.map(({ Values, RegexValues, ...rest }) => {
    const own = rest.PathPatternConfig ?? rest.HostHeaderConfig;
    return own ? rest : { ...rest, ...(Values && { Values }), ...(RegexValues && { RegexValues }) };
  }) as Input<"elbv2", "CreateRule">["Conditions"];
}

const partsOf = (properties: Properties) => ({
  Conditions: conditionsOf(properties),
  Actions: properties.Actions as Input<"elbv2", "CreateRule">["Actions"],
});

async function ruleWith(call: Call, ListenerArn: string, priority: number): Promise<string | undefined> {
  const found = await call("elbv2", "DescribeRules", { ListenerArn }).catch(unlessGone);
  return found?.Rules?.find(({ Priority }) => Priority === String(priority))?.RuleArn;
}

export const listenerRule = resource("AWS::ElasticLoadBalancingV2::ListenerRule", {
  coverage: {
    real: ["Actions", "Conditions", "ListenerArn", "Priority", "Tags", "Transforms"],
    refused: {
      "Actions.AuthenticateCognitoConfig": "users are not authenticated by load balancers",
      "Actions.AuthenticateOidcConfig": "users are not authenticated by load balancers",
      "Actions.JwtValidationConfig": "tokens are not verified by load balancers",
    },
  },
  async create(request) {
    const { properties, call } = request;
    if (properties.ListenerArn === undefined) throw new AwsError("ValidationError", "A listener ARN must be specified");
    const tags = splitTags(request.tags, properties.Tags);
    const { Rules } = await call(
      "elbv2",
      "CreateRule",
      withSystemTags(
        {
          ListenerArn: properties.ListenerArn,
          Priority: properties.Priority,
          ...partsOf(properties),
          ...(properties.Transforms && { Transforms: properties.Transforms as NonNullable<Input<"elbv2", "CreateRule">["Transforms"]> }),
          ...(tags.own.length > 0 && { Tags: tags.own }),
        },
        tags.system,
      ),
    );
    return made(Rules![0]!.RuleArn!);
  },
  async update(request) {
    const { properties, previous, call, physicalId } = request;
    if (properties.Priority !== previous.Priority)
      await call("elbv2", "SetRulePriorities", { RulePriorities: [{ RuleArn: physicalId, Priority: properties.Priority }] });
    await call("elbv2", "ModifyRule", {
      RuleArn: physicalId,
      ...partsOf(properties),
      ...(properties.Transforms?.length
        ? { Transforms: properties.Transforms as NonNullable<Input<"elbv2", "ModifyRule">["Transforms"]> }
        : { ResetTransforms: true }),
    });
    await changeTags(request, physicalId);
    return made(physicalId);
  },
  async delete({ call, physicalId }) {
    await call("elbv2", "DeleteRule", { RuleArn: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const { properties, call } = request;
    const arn = await ruleWith(call, properties.ListenerArn ?? "", properties.Priority);
    return arn !== undefined && (await madeByStack(request, arn)) ? made(arn) : undefined;
  },
});
