/** AssociateWebACL, DisassociateWebACL, GetWebACLForResource, ListResourcesForWebACL. */
import { operation } from "../../../service.ts";
import { invalidParameter, nonexistentItem } from "../errors.ts";
import { check, findByArn } from "../items.ts";
import { associations, loadBalancerStands, presentAssociations, replaceFirewalls, takeAway } from "../placement.ts";
import type { StoredAcl } from "../things.ts";
import { shownAcl } from "./webAcls.ts";

const loadBalancer = /^arn:aws:elasticloadbalancing:[^:]+:\d+:loadbalancer\/app\/[^/]+\/[0-9a-f]+$/u;
/** Of the services besides load balancers whose resources take web ACLs; none of them is here. */
const others = /^arn:aws:(?:apigateway|appsync|cognito-idp|apprunner|ec2|amplify|elasticloadbalancing):[^:]*:\d*:[^:]+$/u;

function checkResourceArn(arn: string | undefined): string {
  check({ resourceArn: [arn, { length: [20, 2048] }] });
  if (loadBalancer.test(arn!) || others.test(arn!)) return arn!;
  throw invalidParameter(
    "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
    "RESOURCE_ARN",
    arn!,
  );
}

export const associateWebAcl = operation("wafv2", "AssociateWebACL", async (input, context) => {
  const { cloud, region } = context;
  const acl = findByArn<StoredAcl>(context, "webacl", input.WebACLArn);
  if (!acl) throw nonexistentItem();
  const resourceArn = checkResourceArn(input.ResourceArn);
  if (acl.scope === "CLOUDFRONT") throw invalidParameter("The scope is not valid.", "SCOPE_VALUE", "CLOUDFRONT");
  if (!loadBalancer.test(resourceArn) || !(await loadBalancerStands(cloud, region, resourceArn))) throw nonexistentItem();
  associations(cloud).put(region, resourceArn, { resourceArn, aclArn: acl.arn });
  await replaceFirewalls(cloud, region);
  return {};
});

/** Also of a resource that has none: it has none either way. */
export const disassociateWebAcl = operation("wafv2", "DisassociateWebACL", (input, { cloud, region }) => {
  const resourceArn = checkResourceArn(input.ResourceArn);
  associations(cloud).delete(region, resourceArn);
  takeAway(cloud, resourceArn);
  return {};
});

export const getWebAclForResource = operation("wafv2", "GetWebACLForResource", (input, context) => {
  const association = associations(context.cloud).get(context.region, checkResourceArn(input.ResourceArn));
  const acl = findByArn<StoredAcl>(context, "webacl", association?.aclArn);
  return acl ? { WebACL: shownAcl(acl, context.account) } : {};
});

export const listResourcesForWebAcl = operation("wafv2", "ListResourcesForWebACL", async (input, context) => {
  const acl = findByArn<StoredAcl>(context, "webacl", input.WebACLArn);
  if (!acl) throw nonexistentItem();
  const type = input.ResourceType ?? "APPLICATION_LOAD_BALANCER";
  check({
    resourceType: [
      type,
      {
        enum: [
          "APPLICATION_LOAD_BALANCER",
          "API_GATEWAY",
          "APPSYNC",
          "COGNITO_USER_POOL",
          "APP_RUNNER_SERVICE",
          "VERIFIED_ACCESS_INSTANCE",
          "AMPLIFY",
        ],
      },
    ],
  });
  const present = type === "APPLICATION_LOAD_BALANCER" ? await presentAssociations(context.cloud, context.region, acl.arn) : [];
  return { ResourceArns: present.map(({ resourceArn }) => resourceArn) };
});
