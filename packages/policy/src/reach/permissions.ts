/** Who may do what to which resource: by the policies of roles, and by those of resources. */
import { asList, asRecord, asRecords, type Facts, type Resource } from "../facts.ts";
import { marksOf, readable } from "../resolve.ts";
import { isAccount, isOfAccount, keysOfTheirOwn, leavesItToPolicies, servicesBetween } from "./key-policies.ts";
import { idOf, idsOf } from "./routes.ts";
import { type Statement, statementsOf } from "./statements.ts";

/** A statement of a policy, as far as it concerns one thing. */
export interface Permission {
  /** Who: the place whose role it is, the role itself where nothing here takes it, or who a resource's policy names. */
  who: string;
  /** The role's logical id; without one it is a resource's own policy. */
  role?: string;
  /** `runs` with it, or is `started` with it by ECS. */
  use?: "runs" | "is started";
  effect: "Allow" | "Deny";
  actions: readonly string[];
  /** The id of the resource, or the pattern where it is none of these templates. */
  on: string;
  /** What it is called; with what comes behind it, as `/*` of a bucket's objects. */
  resource: string;
  /** Whether it holds under conditions only. */
  conditional: boolean;
  /** The services through which alone it holds, as `secretsmanager`: of `kms:ViaService`. */
  via?: readonly string[];
  /** The resource that holds the policy. */
  holder: Resource;
}

export interface Permissions {
  all: readonly Permission[];
  /** Managed policies that are named and are not in the templates: what they allow is not known here. */
  foreign: readonly { role: string; policy: string }[];
}

/** A policy of roles, users or groups. */
interface IdentityPolicy {
  document: unknown;
  /** The policy's own resource, or the role in which it stands. */
  holder: Resource;
}

const identities = new WeakMap<Facts, readonly IdentityPolicy[]>();

/** The policies of roles, users and groups. Made once for the facts of a system: several rules ask. */
export function policiesOf(facts: Facts): readonly IdentityPolicy[] {
  let found = identities.get(facts);
  if (!found) identities.set(facts, (found = readPolicies(facts)));
  return found;
}

function readPolicies(facts: Facts): IdentityPolicy[] {
  const found: IdentityPolicy[] = [];
  for (const holder of facts.ofType("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"))
    for (const { PolicyDocument: document } of asRecords(holder.properties["Policies"])) found.push({ document, holder });
  for (const holder of facts.ofType("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"))
    found.push({ document: holder.properties["PolicyDocument"], holder });
  return found;
}

/** The ids of the roles that a policy binds. A large system has one for each of hundreds of roles: who names it is looked up, not looked for. */
function bindings(facts: Facts): (policy: IdentityPolicy) => string[] {
  const naming = new Map<string, string[]>();
  for (const role of facts.ofType("AWS::IAM::Role")) {
    for (const policy of idsOf(role.properties["ManagedPolicyArns"])) {
      const alike = naming.get(policy);
      if (alike) alike.push(role.id);
      else naming.set(policy, [role.id]);
    }
  }
  return ({ holder }) => {
    if (holder.properties["PolicyDocument"] === undefined) return [holder.id];
    const { Roles, RoleName, Users, UserName, Groups } = holder.properties;
    return [...idsOf([Roles, RoleName, Users, UserName, Groups].flat()), ...(naming.get(holder.id) ?? [])];
  };
}

/** Resource policies: the type, where the document stands, and what it is about. */
const resourcePolicies: Record<string, { document: string; about: string }> = {
  "AWS::S3::BucketPolicy": { document: "PolicyDocument", about: "Bucket" },
  "AWS::SQS::QueuePolicy": { document: "PolicyDocument", about: "Queues" },
  "AWS::SNS::TopicPolicy": { document: "PolicyDocument", about: "Topics" },
  "AWS::SecretsManager::ResourcePolicy": { document: "ResourcePolicy", about: "SecretId" },
  "AWS::EFS::FileSystem": { document: "FileSystemPolicy", about: "" },
  "AWS::ECR::Repository": { document: "RepositoryPolicyText", about: "" },
  "AWS::KMS::Key": { document: "KeyPolicy", about: "" },
};

/** The policies of resources, with the ids of those. */
export function policiesOfResources(facts: Facts): { about: string[]; document: unknown; holder: Resource }[] {
  return Object.entries(resourcePolicies).flatMap(([type, { document, about }]) =>
    facts.ofType(type).flatMap((holder) => {
      const text = holder.properties[document];
      if (text === undefined) return [];
      const value = holder.properties[about];
      return [{ about: about === "" ? [holder.id] : queueIds(facts, value), document: text, holder }];
    }),
  );
}

/** Queue policies name queues by their URL, which is their `Ref`. */
const queueIds = (facts: Facts, value: unknown) => asList(value).flatMap((one) => facts.named(one)?.id ?? idOf(one) ?? []);

/** What one statement allows or denies, by thing. */
function permissionsIn(
  facts: Facts,
  statement: Statement,
  nameOf: (resource: Resource) => string,
  base: Pick<Permission, "who" | "role" | "use" | "holder">,
): Permission[] {
  const actions = statement.notActions ? statement.actions.map((action) => `all but ${action}`) : statement.actions;
  const conditional = Object.keys(statement.conditions).length > 0;
  const { effect } = statement;
  const via = servicesBetween(statement);
  return targets(facts, statement.resources, nameOf).map(({ on, resource }) => ({
    ...base,
    effect,
    actions,
    on,
    resource,
    conditional,
    ...(via && { via }),
  }));
}

/**
 * By the policies of roles.
 * @param nameOf what a resource is called.
 */
export function permissionsOfRoles(facts: Facts, nameOf: (resource: Resource) => string): Permissions {
  const holders = holdersOf(facts, nameOf);
  const all: Permission[] = [];
  const boundBy = bindings(facts);
  for (const policy of policiesOf(facts)) {
    const { document, holder } = policy;
    const statements = statementsOf(document);
    for (const id of boundBy(policy)) {
      for (const { who, role, use } of holders(id)) {
        const base = { who, role, holder, ...(use && { use }) };
        for (const statement of statements) all.push(...permissionsIn(facts, statement, nameOf, base));
      }
    }
  }
  const foreign = facts.ofType("AWS::IAM::Role").flatMap((role) =>
    asList(role.properties["ManagedPolicyArns"])
      .filter((arn) => !facts.named(arn))
      .map((arn) => ({ role: role.logicalId, policy: String(arn).replace(/^.*\//, "") })),
  );
  const closed = keysOfTheirOwn(facts);
  return { all: closed.size === 0 ? all : all.filter(({ on, effect }) => effect === "Deny" || !closed.has(on)), foreign };
}

/** By the policies of resources. Few have one: who asks what anybody may do need not look through all roles. */
export function permissionsOfResources(facts: Facts, nameOf: (resource: Resource) => string): Permission[] {
  let holders: ReturnType<typeof holdersOf> | undefined;
  const whoIs = (principal: string, conditions: Statement["conditions"]): Pick<Permission, "who" | "role" | "use">[] => {
    if (principal === "*") return [{ who: isOfAccount(conditions) ? "the account" : "anybody" }];
    const named = facts.named(principal);
    if (named?.type === "AWS::IAM::Role") return (holders ??= holdersOf(facts, nameOf))(named.id);
    return [{ who: named ? nameOf(named) : isAccount(principal) ? "the account" : readable(principal) }];
  };
  return policiesOfResources(facts).flatMap(({ about, document, holder }) =>
    statementsOf(document).flatMap((statement) => {
      const named = { ...statement, resources: about.map((id) => `⟨${id}⟩`) };
      const { principals, conditions } = statement;
      // That a key leaves it to its account says who may use it nowhere but in the policies of roles.
      const said =
        holder.type === "AWS::KMS::Key" && leavesItToPolicies(statement) ? principals.filter((one) => !isAccount(one)) : principals;
      return said.flatMap((principal) =>
        whoIs(principal, conditions).flatMap((who) => permissionsIn(facts, named, nameOf, { ...who, holder })),
      );
    }),
  );
}

function targets(facts: Facts, resources: readonly string[], nameOf: (resource: Resource) => string): { on: string; resource: string }[] {
  return resources.map((pattern) => {
    const named = facts.named(pattern);
    if (!named) return { on: pattern, resource: pattern === "*" ? "everything" : readable(pattern) };
    const behind = pattern.slice(pattern.lastIndexOf("⟩") + 1); // `/*`: what lies in it
    return { on: named.id, resource: `${nameOf(named)}${behind.startsWith("/") ? behind : ""}` };
  });
}

interface Holder {
  who: string;
  role: string;
  use?: "runs" | "is started";
}

/** What takes a role, by its id: the role itself where nothing here does. */
function holdersOf(facts: Facts, nameOf: (resource: Resource) => string): (role: string) => Holder[] {
  const holders = new Map<string, Holder[]>();
  const add = (role: unknown, who: string, use: "runs" | "is started") => {
    const [mark] = marksOf(role);
    if (!mark) return;
    const id = `${mark.stack}/${mark.logicalId}`;
    const before = holders.get(id) ?? [];
    if (!before.some((one) => one.who === who && one.use === use)) holders.set(id, [...before, { who, role: mark.logicalId, use }]);
  };
  const runs = new Map<string, string[]>();
  const noteRun = (definition: unknown, who: string) => {
    const id = facts.named(definition)?.id;
    if (id !== undefined) runs.set(id, [...(runs.get(id) ?? []), who]);
  };
  for (const service of facts.ofType("AWS::ECS::Service")) noteRun(service.properties["TaskDefinition"], nameOf(service));
  for (const { name, taskDefinition } of facts.system.programs ?? []) noteRun(facts.output(taskDefinition), name);
  for (const definition of facts.ofType("AWS::ECS::TaskDefinition")) {
    for (const who of runs.get(definition.id) ?? [nameOf(definition)]) {
      add(definition.properties["TaskRoleArn"], who, "runs");
      add(definition.properties["ExecutionRoleArn"], who, "is started");
    }
  }
  for (const lambda of facts.ofType("AWS::Lambda::Function")) add(lambda.properties["Role"], nameOf(lambda), "runs");
  for (const instance of facts.ofType("AWS::EC2::Instance")) {
    for (const role of asList(facts.named(instance.properties["IamInstanceProfile"])?.properties["Roles"]))
      add(role, nameOf(instance), "runs");
  }
  for (const one of facts.ofType("AWS::AppRunner::Service")) {
    add(asRecord(one.properties["InstanceConfiguration"])["InstanceRoleArn"], nameOf(one), "runs");
  }
  return (id) => {
    const role = id.slice(id.lastIndexOf("/") + 1);
    return holders.get(id) ?? [{ who: role, role }];
  };
}
