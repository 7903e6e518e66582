/** AWS::ElasticLoadBalancingV2::ListenerCertificate: further certificates of a listener, chosen by the name that a client asks for. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource } from "../../../resource.ts";
import { unlessGone } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::ElasticLoadBalancingV2::ListenerCertificate"];

const arnsOf = ({ Certificates }: Properties) => Certificates.flatMap(({ CertificateArn }) => CertificateArn ?? []);
const listed = (arns: readonly string[]) => arns.map((CertificateArn) => ({ CertificateArn }));

export const listenerCertificate = resource("AWS::ElasticLoadBalancingV2::ListenerCertificate", {
  coverage: { real: ["Certificates", "ListenerArn"] },
  async create(request) {
    const { properties, call } = request;
    await call("elbv2", "AddListenerCertificates", { ListenerArn: properties.ListenerArn, Certificates: listed(arnsOf(properties)) });
    return { physicalId: request.physicalName(255), attributes: { Id: request.physicalName(255) } };
  },
  async update({ properties, previous, call, physicalId }) {
    const after = arnsOf(properties);
    const gone = arnsOf(previous).filter((arn) => !after.includes(arn));
    await call("elbv2", "AddListenerCertificates", { ListenerArn: properties.ListenerArn, Certificates: listed(after) });
    if (gone.length > 0)
      await call("elbv2", "RemoveListenerCertificates", { ListenerArn: properties.ListenerArn, Certificates: listed(gone) });
    return { physicalId, attributes: { Id: physicalId } };
  },
  async delete({ properties, call }) {
    await call("elbv2", "RemoveListenerCertificates", {
      ListenerArn: properties.ListenerArn,
      Certificates: listed(arnsOf(properties)),
    }).catch(unlessGone);
  },
});
