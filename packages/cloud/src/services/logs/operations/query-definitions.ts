/** Saved queries of Logs Insights: PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken, limitExceeded } from "../errors.ts";

interface Definition {
  queryDefinitionId: string;
  name: string;
  queryString: string;
  queryLanguage: "CWLI" | "SQL" | "PPL";
  logGroupNames: string[];
  lastModified: number;
}

/** AWS allows a thousand a region. */
const maximum = 1000;

const definitions = (cloud: Cloud) => cloud.store.collection<Definition>("logs.queryDefinition");
const notFound = () => new AwsError("ResourceNotFoundException", "The specified query definition does not exist.");

/** With the id of one that is there it takes that one's place. */
export const putQueryDefinition = operation("logs", "PutQueryDefinition", (input, { cloud, region }) => {
  const { name, queryString, queryDefinitionId: given, logGroupNames = [], queryLanguage = "CWLI" } = input;
  checkConstraints("InvalidParameterException", {
    name: [name, { length: [1, 255], pattern: "([^:*\\/]+\\/?)*[^:*\\/]+" }],
    queryString: [queryString, { length: [1, 10_000] }],
    queryDefinitionId: [given, { length: [0, 256] }],
    queryLanguage: [queryLanguage, { enum: ["CWLI", "SQL", "PPL"] }],
  });
  if (given !== undefined && !definitions(cloud).has(region, given)) throw notFound();
  if (given === undefined && definitions(cloud).list(region).length >= maximum) throw limitExceeded();
  const queryDefinitionId = given ?? cloud.world.random.uuid();
  const lastModified = cloud.world.clock.nowMs();
  definitions(cloud).put(region, queryDefinitionId, { queryDefinitionId, name, queryString, queryLanguage, logGroupNames, lastModified });
  return { queryDefinitionId };
});

export const describeQueryDefinitions = operation("logs", "DescribeQueryDefinitions", (input, { cloud, region }) => {
  const { queryDefinitionNamePrefix: prefix = "", maxResults = 1000, nextToken, queryLanguage } = input;
  checkConstraints("InvalidParameterException", { maxResults: [maxResults, { range: [1, 1000] }] });
  const keyOf = ({ name, queryDefinitionId }: Definition) => `${name} ${queryDefinitionId}`;
  const found = definitions(cloud)
    .list(region)
    .filter((each) => each.name.startsWith(prefix) && (queryLanguage === undefined || each.queryLanguage === queryLanguage))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const query = `DescribeQueryDefinitions ${prefix} ${queryLanguage ?? ""}`;
  const page = pageOf(found, { size: maxResults, token: nextToken, keyOf, query, invalid: invalidNextToken });
  return { queryDefinitions: page.items, ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
});

export const deleteQueryDefinition = operation("logs", "DeleteQueryDefinition", ({ queryDefinitionId }, { cloud, region }) => {
  if (!definitions(cloud).delete(region, queryDefinitionId)) throw notFound();
  return { success: true };
});
