/** How repositories are read again. */
import { AwsError } from "../../../aws-error.ts";
import { exact, type Readers } from "../../../resource.ts";

const nullWithout =
  (code: string) =>
  (error: unknown): null => {
    if (error instanceof AwsError && error.code === code) return null;
    throw error;
  };

export const readers: Readers = {
  "AWS::ECR::Repository": async ({ call, physicalId: repositoryName }) => {
    const [repository] = (await call("ecr", "DescribeRepositories", { repositoryNames: [repositoryName] })).repositories ?? [];
    if (!repository) return undefined;
    const lifecycle = await call("ecr", "GetLifecyclePolicy", { repositoryName }).catch(nullWithout("LifecyclePolicyNotFoundException"));
    const policy = await call("ecr", "GetRepositoryPolicy", { repositoryName }).catch(nullWithout("RepositoryPolicyNotFoundException"));
    return {
      ...repository,
      LifecyclePolicy: lifecycle && { LifecyclePolicyText: lifecycle.lifecyclePolicyText },
      RepositoryPolicyText: policy && exact(JSON.parse(policy.policyText!)),
    };
  },
};
