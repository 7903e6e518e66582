/** AWS::ElasticLoadBalancingV2::Listener. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { changeTags, madeByStack, unlessGone } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::ElasticLoadBalancingV2::Listener"];

const made = (arn: string): Made => ({ physicalId: arn, attributes: { ListenerArn: arn } });

const attributesOf = ({ ListenerAttributes = [] }: Properties) => ListenerAttributes.map(({ Key = "", Value = "" }) => ({ Key, Value }));

function inputOf({ Port, Protocol, SslPolicy, Certificates, AlpnPolicy, MutualAuthentication, DefaultActions }: Properties) {
  return {
    ...(Port !== undefined && { Port }),
    ...(Protocol !== undefined && { Protocol }),
    ...(SslPolicy !== undefined && { SslPolicy }),
    ...(Certificates && { Certificates }),
    ...(AlpnPolicy && { AlpnPolicy }),
    ...(MutualAuthentication && { MutualAuthentication }),
    DefaultActions,
  } as Pick<Input<"elbv2", "CreateListener">, "Port" | "Protocol" | "SslPolicy" | "Certificates" | "DefaultActions">;
}

async function setAttributes({ call, properties }: Pick<ResourceRequest<Properties>, "call" | "properties">, arn: string): Promise<void> {
  const attributes = attributesOf(properties);
  if (attributes.length > 0) await call("elbv2", "ModifyListenerAttributes", { ListenerArn: arn, Attributes: attributes });
}

export const listener = resource("AWS::ElasticLoadBalancingV2::Listener", {
  coverage: {
    real: [
      "Certificates",
      "DefaultActions",
      "ListenerAttributes",
      "LoadBalancerArn",
      "Port",
      "Protocol",
      "SslPolicy",
      "Tags",
      "MutualAuthentication",
    ],
    refused: {
      AlpnPolicy: "it is of network load balancers",
      "DefaultActions.AuthenticateCognitoConfig": "users are not authenticated by load balancers",
      "DefaultActions.AuthenticateOidcConfig": "users are not authenticated by load balancers",
      "DefaultActions.JwtValidationConfig": "tokens are not verified by load balancers",
      "MutualAuthentication.AdvertiseTrustStoreCaNames": "mutual TLS is not served",
      "MutualAuthentication.IgnoreClientCertificateExpiry": "mutual TLS is not served",
      "MutualAuthentication.TrustStoreArn": "mutual TLS is not served",
    },
    note: "Of the security policy the versions of TLS act, its ciphers are Node's.",
  },
  async create(request) {
    const { properties, call } = request;
    const tags = splitTags(request.tags, properties.Tags);
    const { Listeners } = await call(
      "elbv2",
      "CreateListener",
      withSystemTags(
        { LoadBalancerArn: properties.LoadBalancerArn, ...inputOf(properties), ...(tags.own.length > 0 && { Tags: tags.own }) },
        tags.system,
      ),
    );
    const arn = Listeners![0]!.ListenerArn!;
    try {
      await setAttributes(request, arn);
    } catch (error) {
      throw new MadeInPart(arn, error);
    }
    return made(arn);
  },
  async update(request) {
    const { properties, call, physicalId } = request;
    await call("elbv2", "ModifyListener", { ListenerArn: physicalId, ...inputOf(properties) });
    await setAttributes(request, physicalId);
    await changeTags(request, physicalId);
    return made(physicalId);
  },
  async delete({ call, physicalId }) {
    await call("elbv2", "DeleteListener", { ListenerArn: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const { properties, call } = request;
    const found = await call("elbv2", "DescribeListeners", { LoadBalancerArn: properties.LoadBalancerArn }).catch(unlessGone);
    const arn = found?.Listeners?.find(({ Port }) => Port === properties.Port)?.ListenerArn;
    if (arn === undefined || !(await madeByStack(request, arn))) return undefined;
    await setAttributes(request, arn);
    return made(arn);
  },
});
