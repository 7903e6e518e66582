/** AWS::WAFv2::WebACLAssociation. */
import { resource } from "../../../resource.ts";

export const webAclAssociation = resource("AWS::WAFv2::WebACLAssociation", {
  coverage: { real: ["ResourceArn", "WebACLArn"], note: "Of application load balancers." },
  /** Doing it again changes nothing: a create that was interrupted is simply repeated. */
  async create({ properties: { ResourceArn, WebACLArn }, call }) {
    await call("wafv2", "AssociateWebACL", { ResourceArn, WebACLArn });
    return { physicalId: `${ResourceArn}|${WebACLArn}`, attributes: {} };
  },
  /** Unless another web ACL stands there by now. */
  async delete({ physicalId, call }) {
    const [ResourceArn = "", aclArn] = physicalId.split("|");
    const { WebACL } = await call("wafv2", "GetWebACLForResource", { ResourceArn });
    if (WebACL?.ARN === aclArn) await call("wafv2", "DisassociateWebACL", { ResourceArn });
  },
});
