/** Operations on namespaces: those that are found by calls alone, and what is the same for all. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { invalidInput, namespaceExists, operationNotFound, resourceInUse } from "../errors.ts";
import {
  describeNamespace,
  describeOperation,
  findOperation,
  listOperations,
  namespaces,
  newId,
  noteOperation,
  requireNamespace,
  servicesOf,
} from "../records.ts";
import { checkedTags } from "../tags.ts";

const most = 100;

export const createHttpNamespace = operation("servicediscovery", "CreateHttpNamespace", (input, context) => {
  const { clock, random } = context.cloud.world;
  checkConstraints("InvalidInput", {
    name: [input.Name, { length: [1, 1024], pattern: "[!-~]{1,1024}" }],
    description: [input.Description, { length: [0, 1024] }],
  });
  const tags = checkedTags(input.Tags);
  const requestId = input.CreatorRequestId ?? random.uuid();
  const same = namespaces(context)
    .list(context.region)
    .find(({ name }) => name === input.Name);
  if (same) throw namespaceExists(same.id, same.name);
  const id = newId(context, "ns");
  namespaces(context).put(context.region, id, {
    id,
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    requestId,
    createdMs: clock.nowMs(),
    tags: [...tags, ...Object.entries(systemTagsOf(input)).map(([Key, Value]) => ({ Key, Value }))],
  });
  return noteOperation(context, "CREATE_NAMESPACE", { NAMESPACE: id });
});

export const getNamespace = operation("servicediscovery", "GetNamespace", ({ Id }, context) => ({
  Namespace: describeNamespace(context, requireNamespace(context, Id)),
}));

export const listNamespaces = operation("servicediscovery", "ListNamespaces", (input, context) => {
  checkConstraints("InvalidInput", { maxResults: [input.MaxResults, { range: [1, most] }] });
  const all = namespaces(context)
    .list(context.region)
    .map((record) => describeNamespace(context, record));
  const found = (input.Filters ?? []).reduce((left, { Name, Values, Condition = "EQ" }) => {
    const of = { TYPE: "Type", NAME: "Name", HTTP_NAME: "Name", RESOURCE_OWNER: undefined } as const;
    if (!(Name in of)) throw invalidInput(`The filter ${Name} is not one of ${Object.keys(of).join(", ")}`);
    const member = of[Name as keyof typeof of];
    if (member === undefined) return Values.includes("SELF") ? left : [];
    return left.filter((each) =>
      Values.some((value) => (Condition === "BEGINS_WITH" ? each[member]!.startsWith(value) : each[member] === value)),
    );
  }, all);
  const { items, nextToken } = pageOf(found, {
    size: input.MaxResults ?? most,
    token: input.NextToken,
    keyOf: ({ Id }) => Id!,
    query: `namespaces ${JSON.stringify(input.Filters ?? [])}`,
    invalid: () => invalidInput("Invalid NextToken"),
  });
  const summaries = items.map((each) => ({ ...each, CreatorRequestId: undefined }));
  return { Namespaces: summaries, ...(nextToken !== undefined && { NextToken: nextToken }) };
});

export const updateHttpNamespace = operation("servicediscovery", "UpdateHttpNamespace", ({ Id, Namespace }, context) => {
  const record = requireNamespace(context, Id);
  namespaces(context).put(context.region, record.id, { ...record, description: Namespace.Description });
  return noteOperation(context, "UPDATE_NAMESPACE", { NAMESPACE: record.id });
});

export const deleteNamespace = operation("servicediscovery", "DeleteNamespace", async ({ Id }, context) => {
  const { id, dns } = requireNamespace(context, Id);
  if (servicesOf(context, id).length > 0) throw resourceInUse("The namespace contains services. Delete them, and then try again.");
  if (dns) {
    try {
      await context.call("route53", "DeleteHostedZone", { Id: dns.hostedZoneId });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // Somebody took it away already; any other reason is told by the operation.
      if (error.code !== "NoSuchHostedZone") {
        const code = error.code.startsWith("AccessDenied") ? "ACCESS_DENIED" : "INTERNAL_FAILURE";
        return noteOperation(context, "DELETE_NAMESPACE", { NAMESPACE: id }, { code, message: error.message });
      }
    }
  }
  namespaces(context).delete(context.region, id);
  return noteOperation(context, "DELETE_NAMESPACE", { NAMESPACE: id });
});

export const getOperation = operation("servicediscovery", "GetOperation", ({ OperationId }, context) => {
  const found = findOperation(context, OperationId);
  if (!found) throw operationNotFound(OperationId);
  return { Operation: describeOperation(found) };
});

export const listOperationBriefs = operation("servicediscovery", "ListOperations", (input, context) => {
  const targets = (input.Filters ?? []).flatMap(({ Name, Values }) => (Name === "NAMESPACE_ID" || Name === "SERVICE_ID" ? Values : []));
  const found = listOperations(context).filter(
    (each) => targets.length === 0 || targets.some((id) => Object.values(each.targets).includes(id)),
  );
  const { items, nextToken } = pageOf(found, {
    size: input.MaxResults ?? most,
    token: input.NextToken,
    keyOf: ({ id }) => id,
    query: `operations ${targets.join()}`,
    invalid: () => invalidInput("Invalid NextToken"),
  });
  return {
    Operations: items.map(({ id, failure }) => ({ Id: id, Status: failure ? ("FAIL" as const) : ("SUCCESS" as const) })),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});
