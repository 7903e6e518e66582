/** Actions of IAM policies, and such as many types ask for. */

/** Actions by prefix; those of one service stand together. */
export type Actions = readonly string[];
export type PermissionsByType = Readonly<Record<string, Actions>>;

export const of = (prefix: string, ...names: string[]): Actions => names.map((name) => `${prefix}:${name}`);

export const network = of(
  "ec2",
  "DescribeSubnets",
  "DescribeSecurityGroups",
  "DescribeVpcs",
  "DescribeAccountAttributes",
  "DescribeAvailabilityZones",
);

export const passRole = of("iam", "PassRole", "GetRole");
