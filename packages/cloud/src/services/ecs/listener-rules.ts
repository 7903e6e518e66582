/** The listener rules of deployments that move requests: looked at before, and their weights set, with the rights of the service's role. */
import { AwsError } from "../../aws-error.ts";
import type { Input } from "../../aws.ts";
import { asBalancerRole, type ServiceTarget } from "./load-balancers.ts";
import type { Scope } from "./names.ts";

type Advanced = Required<Pick<ServiceTarget, "advancedConfiguration">>["advancedConfiguration"];
type Actions = NonNullable<Input<"elbv2", "ModifyRule">["Actions"]>;

/** Why a deployment cannot go on with these rules; AWS's words, as they stand behind "Service deployment rolled back because of ". */
export class RuleFault extends Error {}

const session = "ECSNetworkingWithELB";

interface Forwarding {
  actions: Actions;
  /** Target groups with their weights. */
  groups: ReadonlyMap<string, number>;
}

async function readRule(scope: Scope, target: ServiceTarget, arn: string): Promise<Forwarding> {
  const { Rules } = await asBalancerRole(scope, target, session)("elbv2", "DescribeRules", { RuleArns: [arn] });
  const actions = (Rules?.[0]?.Actions ?? []) as Actions;
  const groups = actions.flatMap(({ ForwardConfig, TargetGroupArn }) =>
    ForwardConfig?.TargetGroups?.length ? ForwardConfig.TargetGroups : TargetGroupArn === undefined ? [] : [{ TargetGroupArn, Weight: 1 }],
  );
  return { actions, groups: new Map(groups.map(({ TargetGroupArn, Weight = 1 }) => [TargetGroupArn!, Weight])) };
}

/** Whether a deployment may begin: each rule knows the two groups, and one of them has all requests. */
export async function checkRules(scope: Scope, targets: readonly ServiceTarget[]): Promise<void> {
  for (const target of targets) {
    const { advancedConfiguration: advanced, targetGroupArn } = target;
    if (!advanced) continue;
    await withRole(advanced, async () => {
      const own = [targetGroupArn, advanced.alternateTargetGroupArn];
      const production = await readRule(scope, target, advanced.productionListenerRule);
      const serving = [...production.groups].filter(([, weight]) => weight > 0).map(([arn]) => arn);
      if (serving.length !== 1) {
        throw new RuleFault(
          `invalid networking configuration. productionListenerRule ${advanced.productionListenerRule} should have exactly one target group serving traffic but found ${serving.length} target groups which are serving traffic`,
        );
      }
      if (!own.includes(serving[0]!)) {
        throw new RuleFault(
          `invalid networking configuration. Production listener rule is forwarding traffic to unexpected target group ${serving[0]}. Expected traffic to be forwarded to either targetGroupArn: ${own[0]} or alternateTargetGroupArn: ${own[1]}`,
        );
      }
      const tests = advanced.testListenerRule === undefined ? undefined : await readRule(scope, target, advanced.testListenerRule);
      const unknown = own.find((arn) => !production.groups.has(arn) && !tests?.groups.has(arn));
      if (unknown !== undefined) {
        throw new RuleFault(
          `invalid networking configuration: Target group ${unknown} is not associated with either productionListenerRule or testListenerRule.`,
        );
      }
    });
  }
}

/** Gives the tasks of a deployment, in the groups that `targets` name, `percent` of a rule's requests; the others get the rest. */
export async function setShare(
  scope: Scope,
  targets: readonly { given: ServiceTarget; registered: ServiceTarget }[],
  rule: "productionListenerRule" | "testListenerRule",
  percent: number,
): Promise<void> {
  for (const { given, registered } of targets) {
    const advanced = given.advancedConfiguration;
    const arn = advanced?.[rule];
    if (!advanced || arn === undefined) continue;
    const other = registered.targetGroupArn === given.targetGroupArn ? advanced.alternateTargetGroupArn : given.targetGroupArn;
    await withRole(advanced, async () => {
      const { actions, groups } = await readRule(scope, given, arn);
      const [own, rest] = weightsOf(percent);
      if (groups.get(registered.targetGroupArn) === own && groups.get(other) === rest) return;
      const stickiness = actions.find(({ Type }) => Type === "forward")?.ForwardConfig?.TargetGroupStickinessConfig;
      await asBalancerRole(scope, given, session)("elbv2", "ModifyRule", {
        RuleArn: arn,
        Actions: [
          {
            Type: "forward",
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: registered.targetGroupArn, Weight: own },
                { TargetGroupArn: other, Weight: rest },
              ],
              ...(stickiness && { TargetGroupStickinessConfig: stickiness }),
            },
          },
        ],
      });
    });
  }
}

/** Weights are whole numbers up to 999: percentages with a tenth are counted in thousandths. */
function weightsOf(percent: number): [number, number] {
  const whole = Number.isInteger(percent);
  return whole ? [percent, 100 - percent] : [Math.round(percent * 10), 1000 - Math.round(percent * 10)];
}

async function withRole({ roleArn }: Advanced, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "AccessDenied" || error.code === "AccessDeniedException") {
      throw new RuleFault(
        `invalid networking configuration. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '${roleArn}'.`,
        { cause: error },
      );
    }
    throw new RuleFault(`invalid networking configuration. ${error.message}`, { cause: error });
  }
}
