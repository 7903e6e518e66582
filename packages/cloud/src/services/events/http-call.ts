/** The call of an API destination: on this machine only, as its connection says, five seconds long at most. Source: EventBridge User Guide, "API destinations". */
import { AwsError } from "../../aws-error.ts";
import { requireDestination } from "./api-destination.ts";
import { type AuthParameters, connectionByArn, readSecret } from "./connection.ts";
import type { Invocation } from "./invocation.ts";
import type { Place } from "./place.ts";

const timeoutMs = 5_000;

/** Throws where it is not taken; what may be taken later with a status of 500 or more. */
export async function callDestination(place: Place, { target, event }: Invocation, body: string): Promise<void> {
  const destination = requireDestination(place, target.Arn!.split("/")[1]!);
  const auth = await readSecret(place, connectionByArn(place, destination.connectionArn));
  const http = target.HttpParameters;
  let parameter = 0;
  const url = new URL(destination.endpoint.replaceAll("*", () => encodeURIComponent(http?.PathParameterValues?.[parameter++] ?? "")));
  const headers = new Headers({ "content-type": "application/json; charset=utf-8", "user-agent": "Amazon/EventBridge/ApiDestinations" });
  for (const [name, value] of Object.entries(http?.HeaderParameters ?? {})) headers.set(name, value);
  for (const [name, value] of Object.entries(http?.QueryStringParameters ?? {})) url.searchParams.set(name, value);
  for (const { Key, Value } of auth.InvocationHttpParameters?.HeaderParameters ?? []) headers.set(Key!, Value ?? "");
  for (const { Key, Value } of auth.InvocationHttpParameters?.QueryStringParameters ?? []) url.searchParams.set(Key!, Value ?? "");
  headers.set("range", "bytes=0-1048575");
  await authorize(place, auth, headers);
  const method = destination.method;
  const bodiless = method === "GET" || method === "HEAD";
  const response = await ask(place, url, { method, headers, ...(!bodiless && { body: withMembers(body, auth) }) });
  await response.body?.cancel();
  if (response.status < 300) return;
  const message = `${destination.name} answered ${response.status} to the event ${event.id}.`;
  // AWS tries 401, 407, 409, 429 and 5xx again; a destination that throttles is no error of its own.
  const again = response.status >= 500 || [401, 407, 409, 429].includes(response.status);
  throw new AwsError(again ? "ThrottledByTarget" : "InvalidParameterFromTarget", message, again ? 503 : response.status);
}

async function authorize(place: Place, auth: AuthParameters, headers: Headers): Promise<void> {
  const { ApiKeyAuthParameters: key, BasicAuthParameters: basic, OAuthParameters: oauth } = auth;
  if (key) headers.set(key.ApiKeyName!, key.ApiKeyValue!);
  else if (basic) headers.set("authorization", `Basic ${Buffer.from(`${basic.Username}:${basic.Password}`).toString("base64")}`);
  else if (oauth) headers.set("authorization", `Bearer ${await accessToken(place, oauth)}`);
}

/** Client credentials, as OAuth 2.0 has them (RFC 6749, 4.4). */
async function accessToken(place: Place, oauth: NonNullable<AuthParameters["OAuthParameters"]>): Promise<string> {
  const { ClientParameters: client, OAuthHttpParameters: more } = oauth;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: client!.ClientID!,
    client_secret: client!.ClientSecret!,
  });
  for (const { Key, Value } of more?.BodyParameters ?? []) body.set(Key!, Value ?? "");
  const url = new URL(oauth.AuthorizationEndpoint!);
  for (const { Key, Value } of more?.QueryStringParameters ?? []) url.searchParams.set(Key!, Value ?? "");
  const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
  for (const { Key, Value } of more?.HeaderParameters ?? []) headers.set(Key!, Value ?? "");
  const method = oauth.HttpMethod!;
  if (method === "GET") for (const [name, value] of body) url.searchParams.set(name, value);
  const response = await ask(place, url, { method, headers, ...(method !== "GET" && { body }) });
  const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown };
  if (typeof answer.access_token === "string") return answer.access_token;
  throw new AwsError("AuthorizationFailed", `${url.origin} gave no access token (status ${response.status}).`, 503);
}

async function ask({ cloud }: Place, url: URL, request: RequestInit): Promise<Response> {
  if (!isLocal(url.hostname)) {
    throw new AwsError("InvalidParameterValue", `The embedded cloud calls HTTP endpoints on this machine only, not ${url.host}.`);
  }
  try {
    return await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.any([cloud.stopping, AbortSignal.timeout(timeoutMs)]) });
  } catch {
    throw new AwsError("ConnectionFailure", `${url.host} could not be reached.`, 503);
  }
}

const isLocal = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/u.test(host);

/** Body parameters of the connection stand beside the members of a body that is an object. */
function withMembers(body: string, { InvocationHttpParameters }: AuthParameters): string {
  const more = InvocationHttpParameters?.BodyParameters ?? [];
  if (more.length === 0) return body;
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return body;
  return JSON.stringify({ ...parsed, ...Object.fromEntries(more.map(({ Key, Value }) => [Key, Value])) });
}
