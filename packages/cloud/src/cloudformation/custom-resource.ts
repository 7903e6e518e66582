/**
 * Custom resources (`Custom::…`, `AWS::CloudFormation::CustomResource`): a function of the template makes, changes and removes them, and
 * answers at a URL. Source: CloudFormation Template Reference, "Custom resource request objects" and "Custom resource response objects".
 */
import type { Cloud } from "../cloud.ts";
import { type Made, MadeInPart, type ResourceRequest } from "../resource.ts";
import type { AnyHandler } from "./coverage.ts";
import { PropertiesRefused } from "./reason.ts";

type Properties = Record<string, unknown>;
type Request = ResourceRequest<Properties>;

interface Answer {
  Status?: string;
  Reason?: string;
  PhysicalResourceId?: string;
  Data?: Record<string, unknown>;
}

const longestTimeoutSeconds = 3_600;
/** Of an answer, in bytes. */
export const longestAnswer = 4_096;

const memory = Symbol("cloudformation.custom-resources");
/** Who waits for an answer, by the last part of the URL at which it is expected. */
const waiting = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, (answer: Answer) => void>());

export const isCustom = (type: string): boolean => type === "AWS::CloudFormation::CustomResource" || /^Custom::[\w@-]{1,60}$/u.test(type);

/** Hands on what came at such a URL. Says whether it was expected; throws where it is no JSON. */
export function answerCustomResource(cloud: Cloud, id: string, body: string): boolean {
  const resolve = waiting(cloud).get(id);
  if (!resolve) return false;
  resolve(body.length > longestAnswer ? { Status: "FAILED", Reason: "Response object is too long." } : (JSON.parse(body) as Answer));
  return true;
}

/** Nothing of the properties is known but what the function makes of them. */
export const customResource = (type: string): AnyHandler => ({
  coverage: { real: [] },
  // Whether a change makes another thing only the function says, by the id that it answers.
  replaces: () => false,
  create: (request) => made(request, { ResourceType: type, RequestType: "Create" }),
  async update(request) {
    const { physicalId, previous } = request;
    const about = { ResourceType: type, PhysicalResourceId: physicalId };
    const after = await made(request, { ...about, RequestType: "Update", OldResourceProperties: texts(previous) });
    // Another id says that the function has made another thing in its place: the one before goes.
    if (after.physicalId !== physicalId) await ask({ ...request, properties: previous }, { ...about, RequestType: "Delete" });
    return after;
  },
  async delete(request) {
    const { Status, Reason } = await ask(request, { ResourceType: type, RequestType: "Delete", PhysicalResourceId: request.physicalId });
    if (Status !== "SUCCESS") throw failure(request, Reason);
  },
});

interface Wish {
  ResourceType: string;
  RequestType: "Create" | "Update" | "Delete";
  PhysicalResourceId?: string;
  OldResourceProperties?: unknown;
}

async function made(request: Request, wish: Wish): Promise<Made> {
  const { Status, Reason, PhysicalResourceId: physicalId, Data = {} } = await ask(request, wish);
  if (Status !== "SUCCESS") {
    const reason = failure(request, Reason);
    throw wish.RequestType === "Create" && physicalId ? new MadeInPart(physicalId, reason) : reason;
  }
  if (!physicalId) throw new PropertiesRefused("Invalid PhysicalResourceId");
  return { physicalId, attributes: Object.fromEntries(Object.entries(Data).map(([name, value]) => [name, attributeOf(value)])) };
}

const attributeOf = (value: unknown): string | string[] => (Array.isArray(value) ? value.map(String) : String(value));

const failure = ({ token }: Request, reason = "") =>
  new PropertiesRefused(`Received response status [FAILED] from custom resource. Message returned: ${reason} (RequestId: ${token})`);

/** Tells the function what is wanted, and waits for its answer as long as the template says. */
async function ask(request: Request, wish: Wish): Promise<Answer> {
  const { cloud, properties, call, signal, stackId, logicalId } = request;
  const { ServiceToken: service, ServiceTimeout } = properties;
  if (typeof service !== "string") throw new PropertiesRefused(`Custom Resource ${logicalId} must have a string [ServiceToken] property.`);
  const id = cloud.world.random.hex(48);
  const event = JSON.stringify({
    ...wish,
    ServiceToken: service,
    ResponseURL: `${cloud.endpoint}/_plinth/custom-resources/${id}`,
    StackId: stackId,
    RequestId: cloud.world.random.uuid(),
    LogicalResourceId: logicalId,
    ResourceProperties: texts(properties),
  });
  const answered = new Promise<Answer>((resolve) => waiting(cloud).set(id, resolve));
  const over = new AbortController();
  const ending = AbortSignal.any([signal, cloud.stopping, over.signal]);
  const seconds = Math.min(Number(ServiceTimeout) || longestTimeoutSeconds, longestTimeoutSeconds);
  try {
    if (service.split(":")[2] === "sns")
      await call("sns", "Publish", { TopicArn: service, Subject: "AWS CloudFormation custom resource request", Message: event });
    else await call("lambda", "Invoke", { FunctionName: service, InvocationType: "Event", Payload: Buffer.from(event) });
    const late = cloud.world.clock.sleep(seconds * 1_000, ending).then((): Answer => ({ Status: "FAILED", Reason: noAnswer }));
    return await Promise.race([answered, late]);
  } finally {
    over.abort();
    waiting(cloud).delete(id);
  }
}

const noAnswer = "CloudFormation did not receive a response from your Custom Resource. Please check the logs of its function.";

/** CloudFormation hands numbers and truth values on as texts. */
function texts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, texts(one)]));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}
